// The apps of a project's OpenID Provider, the keys it signs with, and the templates of sessions as JWTs.

import type { Client } from "../../../../domain/clients/client.ts";
import type { SessionTokenTemplate } from "../../../../domain/session-tokens/template.ts";
import type { JudgedSigningKey } from "../../../../domain/signing-keys/signing-key.ts";
import type { PageContext } from "../../context.ts";
import { ButtonLink, CopyValue, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { KINDS, NAMED_ORGANIZATIONS, nameOf } from "./names.ts";
import { SessionTokensPanel } from "./session-tokens.tsx";
import { SigningKeysPanel } from "./signing-keys.tsx";

export interface ApplicationListProps {
  context: PageContext;
  path: string;
  /** The project's origin. */
  issuer: string;
  projectId: string;
  items: readonly Client[];
  /** Of the organizations that rows name. */
  labels: ReadonlyMap<string, string>;
  keys: readonly JudgedSigningKey[];
  templates: readonly SessionTokenTemplate[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
}

export function ApplicationList(props: ApplicationListProps) {
  const { context, path, issuer, projectId, items, pager } = props;
  const create = context.may.write ? (
    <ButtonLink href={`${path}/new`} kind="primary">
      New application
    </ButtonLink>
  ) : null;
  return (
    <>
      <PageHead
        title="Applications"
        lead="Your apps sign people in here with any OpenID Connect library. Each person is led to the right identity provider."
        actions={create}
      />
      {items.length === 0 && pager.firstHref === undefined ? (
        <Empty title="No applications yet" action={create}>
          Register one and give its library three values: the issuer, a client ID and a secret. An app on the same site needs none
          of this: it asks <code>/sessions/whoami</code>.
        </Empty>
      ) : (
        <Applications {...props} />
      )}
      <SigningKeysPanel context={context} issuer={issuer} keys={props.keys} />
      <SessionTokensPanel context={context} issuer={issuer} templates={props.templates} />
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: "/admin/clients", origin: issuer },
          {
            method: "POST",
            path: "/admin/clients",
            origin: issuer,
            body: { client_name: "Reports", redirect_uris: ["https://reports.example.com/callback"] },
          },
          { method: "GET", path: `/projects/${projectId}/signing-keys` },
          { method: "GET", path: `/projects/${projectId}/session-token-templates` },
        ]}
      />
    </>
  );
}

function Applications({ context, path, items, labels, pager }: ApplicationListProps) {
  return (
    <Panel>
      <Table
        caption="Applications"
        head={["Name", "Client ID", "Kind", "For", "Created"]}
        rows={items.map((client) => [
          <a href={`${path}/${client.id}`}>{nameOf(client)}</a>,
          <CopyValue text={client.id} label={`the client ID of ${nameOf(client)}`} />,
          KINDS[client.tokenEndpointAuthMethod],
          forWhom(client, labels),
          <Moment at={client.createdAt} now={context.now} />,
        ])}
      />
      <Pager {...pager} />
    </Panel>
  );
}

function forWhom({ organizationIds }: Client, labels: ReadonlyMap<string, string>): string {
  if (organizationIds.length === 0) return "Everybody";
  const named = organizationIds.slice(0, NAMED_ORGANIZATIONS).map((id) => labels.get(id) ?? "a deleted organization");
  const more = organizationIds.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}
