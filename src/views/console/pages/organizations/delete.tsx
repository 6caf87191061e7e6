// Before an organization is deleted: what ends with it and what stays.

import type { Organization, OrganizationCounts } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";
import { counted } from "./overview.tsx";

export interface DeleteOrganizationProps {
  context: PageContext;
  organization: Organization;
  counts: OrganizationCounts;
  state: FormState;
  cancelHref: string;
  apiPath: string;
}

export function DeleteOrganization({ context, organization, counts, state, cancelHref, apiPath }: DeleteOrganizationProps) {
  const { connections, members, sessions } = counts;
  const { domains, label } = organization;
  return (
    <ConfirmForm
      title={`Delete ${label}?`}
      consequences={[
        `Deletes ${number(connections, "connection")} and ${number(domains.length, "e-mail domain")}${domains.length > 0 ? ` (${domains.join(", ")})` : ""}. Whoever has an address under these domains then signs in like anybody else.`,
        `Ends ${number(sessions, "session")} of its members at once.`,
        `Keeps ${number(members, "identity", "identities")} in the project, without an organization and without single sign-on.`,
        "The audit log stays. This cannot be undone.",
      ]}
      name={label}
      csrf={context.csrf}
      state={state}
      action="Delete organization"
      cancelHref={cancelHref}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: apiPath }]} />
    </ConfirmForm>
  );
}

function number(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}
