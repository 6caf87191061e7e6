// Before all sessions of an organization end.

import type { Organization, OrganizationCounts } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";
import { counted } from "./overview.tsx";

export interface RevokeOrganizationSessionsProps {
  context: PageContext;
  organization: Organization;
  counts: OrganizationCounts;
  state: FormState;
  cancelHref: string;
  apiPath: string;
}

export function RevokeOrganizationSessions(props: RevokeOrganizationSessionsProps) {
  const { context, organization, counts, state, cancelHref, apiPath } = props;
  return (
    <ConfirmForm
      title={`End all sessions of ${organization.label}?`}
      consequences={[
        `Its members are signed out everywhere at their next click: ${counted(counts.sessions)} ${counts.sessions === 1 ? "session" : "sessions"} now.`,
        "They can sign in again at once. To keep them out, disable the organization or its connections instead.",
      ]}
      name={undefined}
      csrf={context.csrf}
      state={state}
      action="End all sessions"
      cancelHref={cancelHref}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: `${apiPath}/sessions` }]} />
    </ConfirmForm>
  );
}
