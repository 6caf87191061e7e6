// The connections of one organization.

import type { Connection } from "../../../../domain/connections/connection.ts";
import type { Organization } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { Badge, ButtonLink, Empty, Moment, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { newConnection } from "./overview.tsx";

export interface OrganizationConnectionsProps {
  context: PageContext;
  organization: Organization;
  connections: readonly Connection[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
}

export function OrganizationConnections({ context, organization, connections, pager }: OrganizationConnectionsProps) {
  const { now, path } = context;
  const add = context.may.write ? (
    <ButtonLink href={newConnection(context, organization)} kind="primary">
      Add a connection
    </ButtonLink>
  ) : undefined;
  const listPath = `/projects/${organization.projectId}/connections`;
  return (
    <>
      {connections.length === 0 ? (
        <Empty title="No connection yet" action={add}>
          A connection is the client registration at the customer's identity provider. Until there is one, nobody can sign in with
          an address under this organization's domains.
        </Empty>
      ) : (
        <Panel title="Connections" lead="The identity providers that sign its people in." actions={add}>
          <Table
            caption={`Connections of ${organization.label}`}
            head={["Connection", "Issuer", "State", "Last worked", "Last failed"]}
            rows={connections.map((connection) => [
              <a href={`${path}/connections/${connection.id}`}>{connection.label}</a>,
              <code>{connection.issuerUrl}</code>,
              connection.state === "enabled" ? <Badge tone="good">Enabled</Badge> : <Badge tone="bad">Disabled</Badge>,
              connection.lastSucceededAt === null ? "Never" : <Moment at={connection.lastSucceededAt} now={now} />,
              connection.lastFailedAt === null ? "Never" : <Moment at={connection.lastFailedAt} now={now} />,
            ])}
          />
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: `${listPath}?organization_id=${organization.id}` },
          ...(context.may.write
            ? [
                {
                  method: "POST" as const,
                  path: listPath,
                  body: {
                    organization_id: organization.id,
                    issuer_url: "https://idp.acme.example",
                    client_id: "orgate",
                    client_secret: "…",
                  },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
