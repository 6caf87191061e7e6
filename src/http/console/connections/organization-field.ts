// The field that takes an organization by its label, one of its domains, or its id.

import { canonicalDomain } from "../../../domain/domains/domain-name.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { Organization } from "../../../domain/organizations/organization.ts";
import { searchText } from "../../../domain/organizations/search.ts";
import type { OrganizationSuggestion } from "../../../views/console/pages/connections/suggestions.tsx";
import type { AppContext } from "../../context.ts";

/** Organizations that the field suggests. */
const SUGGESTED = 50;
/** Organizations with one label that are looked at. */
const CANDIDATES = 25;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type OrganizationChoice = { ok: true; organization: Organization | undefined } | { ok: false; message: string };

/** The first organizations by label. Two round trips. */
export async function organizationSuggestions(c: AppContext): Promise<OrganizationSuggestion[]> {
  const everything = { text: undefined, state: undefined, after: undefined, limit: SUGGESTED };
  const { items } = await c.get("services").organizations.search(c.get("project").id, everything);
  return items.map(({ organization }) => ({ label: organization.label, domains: organization.domains }));
}

/**
 * The organization that a text names exactly; none for an empty text. At most two round trips.
 * @param preferred the id of the one meant, when several have the label
 */
export async function organizationNamed(c: AppContext, typed: string, preferred?: string): Promise<OrganizationChoice> {
  const text = typed.trim();
  if (text === "") return { ok: true, organization: undefined };
  if (UUID.test(text)) return await organizationWithId(c, text);
  const search = { text: searchText(text), state: undefined, after: undefined, limit: CANDIDATES };
  const { items } = await c.get("services").organizations.search(c.get("project").id, search);
  const domain = canonicalDomain(text);
  const found = items
    .map(({ organization }) => organization)
    .filter(({ label, domains }) => same(label, text) || (domain.ok && domains.includes(domain.domain)));
  const [only, ...others] = found;
  const meant = found.find(({ id }) => id === preferred) ?? (others.length === 0 ? only : undefined);
  if (meant) return { ok: true, organization: meant };
  return { ok: false, message: only ? "Several organizations have this label. Give the ID of one." : NONE };
}

const NONE = "No organization of this project has this label, domain or ID.";

async function organizationWithId(c: AppContext, id: string): Promise<OrganizationChoice> {
  try {
    return { ok: true, organization: await c.get("services").organizations.get(c.get("project").id, id) };
  } catch (error) {
    if (error instanceof DomainError && error.kind === "not_found") return { ok: false, message: NONE };
    throw error;
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
