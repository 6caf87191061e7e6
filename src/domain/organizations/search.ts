// Finding organizations by what an operator types: the beginning of a label, a domain, or somebody's e-mail address.

import { canonicalDomain, fold } from "../domains/domain-name.ts";
import { MAX_LABEL } from "../label.ts";
import type { Organization } from "./organization.ts";

export interface OrganizationSearch {
  /** What label or domain begin with; undefined finds all. */
  text: { label: string; domain: string | undefined } | undefined;
  state: Organization["state"] | undefined;
  /** The last organization of the page before. */
  after: { label: string; id: string } | undefined;
}

/** An organization in a list. */
export interface OrganizationListing {
  organization: Organization;
  /** How many connections it has, in any state. */
  connections: number;
}

/**
 * What a typed text looks for. Labels are compared as they are, with ASCII letters equal in both cases; domains in their
 * canonical form, of which the beginning may be typed. Of an address, what follows the @ counts.
 */
export function searchText(typed: string): OrganizationSearch["text"] {
  const label = typed.trim().slice(0, MAX_LABEL);
  if (label === "") return undefined;
  const name = label.slice(label.lastIndexOf("@") + 1);
  return { label, domain: name === "" ? undefined : domainBeginning(name) };
}

/** A name that is whole in another script has to become A-labels before it can be compared. */
function domainBeginning(name: string): string {
  const canonical = canonicalDomain(name);
  return canonical.ok ? canonical.domain : fold(name);
}
