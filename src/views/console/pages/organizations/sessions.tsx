// Who of an organization is signed in.

import type { Organization } from "../../../../domain/organizations/organization.ts";
import type { JudgedSession } from "../../../../domain/sessions/service.ts";
import type { PageContext } from "../../context.ts";
import { ButtonLink, Empty, Pager, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { SessionTable } from "../../parts/sessions.tsx";

export interface OrganizationSessionsProps {
  context: PageContext;
  path: string;
  organization: Organization;
  sessions: readonly JudgedSession[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  /** The project's, where its admin API is. */
  origin: string;
  apiPath: string;
}

export function OrganizationSessions(props: OrganizationSessionsProps) {
  const { context, path, organization, sessions, pager, origin, apiPath } = props;
  const endAll = context.may.write ? (
    <ButtonLink href={`${path}/sessions/revoke`} kind="danger">
      End all sessions…
    </ButtonLink>
  ) : undefined;
  const more = pager.nextHref !== undefined;
  return (
    <>
      {sessions.length === 0 && !more ? (
        <Empty title="Nobody is signed in">Sessions of the organization's members stand here, with a way to end them.</Empty>
      ) : (
        <Panel title="Sessions" lead="Where its members are signed in, by member." actions={endAll}>
          {sessions.length === 0 ? (
            <p>None of the members looked at has a session. There are more members on the next page.</p>
          ) : (
            <SessionTable
              context={context}
              caption={`Sessions of ${organization.label}`}
              sessions={sessions}
              person={true}
              mayEnd={context.may.write}
            />
          )}
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: `/admin/sessions?organization_id=${organization.id}`, origin },
          ...(context.may.write
            ? [
                { method: "DELETE" as const, path: "/admin/sessions/SESSION_ID", origin },
                { method: "DELETE" as const, path: `${apiPath}/sessions` },
              ]
            : []),
        ]}
      />
    </>
  );
}
