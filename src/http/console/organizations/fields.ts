// The fields of an organization's form, and the domain rules' answers told at the lines they are about.

import { DomainError } from "../../../domain/errors.ts";
import type { Organization } from "../../../domain/organizations/organization.ts";
import type { OrganizationFields } from "../../../domain/organizations/rules.ts";
import type { ConsoleForm } from "../form.ts";

export function fieldsOf(form: ConsoleForm): OrganizationFields & { label: string } {
  const state = form.text("state");
  return {
    label: form.text("label"),
    domains: form.list("domains"),
    sessionLifespan: form.text("session_lifespan"),
    ...(state === "enabled" || state === "disabled" ? { state } : {}),
  };
}

/** What the form shows of a stored organization. */
export function valuesOf(organization: Organization): Record<string, string> {
  return {
    label: organization.label,
    domains: organization.domains.join("\n"),
    session_lifespan: organization.sessionLifespan ?? "",
    state: organization.state,
  };
}

/** Runs `work`; a refusal of one of the domains then begins with that domain as it was typed. */
export async function namingDomains<T>(domains: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const fields = error.fields.map((problem) => {
      const typed = domains[Number(/^domains\[(\d+)\]$/.exec(problem.field)?.[1] ?? -1)];
      return typed === undefined ? problem : { ...problem, message: `“${typed}”: ${problem.message}` };
    });
    const { kind, code, message, cause } = error;
    throw new DomainError({ kind, code, message, fields, ...(cause === undefined ? {} : { cause }) });
  }
}
