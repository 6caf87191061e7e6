// What an organization's fields may hold: values in, accepted values or field errors out.

import { canonicalDomain } from "../domains/domain-name.ts";
import { refuseSessionLifespan } from "../duration.ts";
import { type FieldError, unacceptable } from "../errors.ts";
import { acceptLabel } from "../label.ts";

export const MAX_DOMAINS = 100;

export interface OrganizationFields {
  label?: string | undefined;
  /** As typed; stored in canonical form. */
  domains?: readonly string[] | undefined;
  /** `30m`; the empty string clears it. */
  sessionLifespan?: string | undefined;
  state?: "enabled" | "disabled" | undefined;
}

export interface AcceptedOrganizationFields {
  label?: string;
  domains?: string[];
  /** null: the project's lifespan applies. */
  sessionLifespan?: string | null;
  state?: "enabled" | "disabled";
}

/**
 * The fields in the form in which they are stored; absent ones stay absent.
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export async function acceptOrganizationFields(fields: OrganizationFields): Promise<AcceptedOrganizationFields> {
  const problems: FieldError[] = [];
  const accepted: AcceptedOrganizationFields = {};
  if (fields.label !== undefined) accepted.label = acceptLabel("label", fields.label, problems);
  if (fields.domains !== undefined) accepted.domains = await acceptDomains(fields.domains, problems);
  if (fields.sessionLifespan !== undefined) {
    const refusal = fields.sessionLifespan === "" ? undefined : refuseSessionLifespan(fields.sessionLifespan);
    if (refusal) problems.push({ field: "session_lifespan", ...refusal });
    accepted.sessionLifespan = fields.sessionLifespan === "" ? null : fields.sessionLifespan;
  }
  if (fields.state !== undefined) accepted.state = fields.state;
  if (problems.length > 0) throw unacceptable(problems);
  return accepted;
}

/** Canonical names in the order given; names that are one name in canonical form collapse (T50, T52). */
async function acceptDomains(domains: readonly string[], problems: FieldError[]): Promise<string[]> {
  if (domains.length > MAX_DOMAINS) {
    problems.push({ field: "domains", code: "too_many", message: `At most ${MAX_DOMAINS} domains.` });
    return [];
  }
  const { refuseClaim } = await import("../domains/claim.ts");
  const accepted = new Set<string>();
  domains.forEach((input, index) => {
    const field = `domains[${index}]`;
    const name = canonicalDomain(input);
    if (!name.ok) {
      problems.push({ field, code: name.reason, message: name.message });
      return;
    }
    const refusal = refuseClaim(name.domain);
    if (refusal) problems.push({ field, code: refusal.reason, message: refusal.message });
    else accepted.add(name.domain);
  });
  return [...accepted];
}
