// One app: what it has to be told, what it is set to, its secret, and what can be done with it.

import type { Child } from "hono/jsx";
import { type Client, usesSecret } from "../../../../domain/clients/client.ts";
import type { PageContext } from "../../context.ts";
import { Badge, ButtonLink, Facts, Moment, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { ExampleLines, WhatTheAppIsTold } from "./facts.tsx";
import { apiPath, exactly, KINDS, nameOf } from "./names.ts";

export interface ApplicationPageProps {
  context: PageContext;
  client: Client;
  /** Of the organizations it is for. */
  labels: ReadonlyMap<string, string>;
  path: string;
  issuer: string;
}

export function ApplicationPage(props: ApplicationPageProps) {
  const { context, client, path, issuer } = props;
  return (
    <>
      <PageHead
        title={nameOf(client)}
        lead={`${KINDS[client.tokenEndpointAuthMethod]}.`}
        actions={context.may.write ? <ButtonLink href={`${path}/edit`}>Edit</ButtonLink> : null}
      />
      <WhatTheAppIsTold client={client} issuer={issuer} />
      {usesSecret(client.tokenEndpointAuthMethod) ? <Secrets {...props} /> : null}
      <Settings {...props} />
      <ExampleLines client={client} issuer={issuer} />
      {context.may.write ? (
        <Panel title="Delete" danger={true}>
          <p>Nobody signs in through the app any more, and every token that it holds ends.</p>
          <div class="page-actions">
            <ButtonLink href={`${path}/delete`} kind="danger">
              Delete
            </ButtonLink>
          </div>
        </Panel>
      ) : null}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: apiPath(client), origin: issuer },
          ...(context.may.write && usesSecret(client.tokenEndpointAuthMethod)
            ? [{ method: "POST" as const, path: apiPath(client, "/secrets/rotate?overlap=24h"), origin: issuer }]
            : []),
        ]}
      />
    </>
  );
}

function Secrets({ context, client, path }: ApplicationPageProps) {
  const [current, ...before] = client.secrets;
  const older = before.flatMap(({ expiresAt }) => (expiresAt !== null && expiresAt > context.now ? [expiresAt] : []));
  return (
    <Panel
      title="Secret"
      actions={context.may.write ? <ButtonLink href={`${path}/rotate-secret`}>Rotate the secret</ButtonLink> : null}
    >
      <Facts
        items={[
          ["Made", current ? <Moment at={current.createdAt} now={context.now} /> : <Badge tone="bad">Missing</Badge>],
          ...older.map((until) => ["Secret before it", <Until at={until} now={context.now} />] as const),
        ]}
      />
    </Panel>
  );
}

function Until({ at, now }: { at: number; now: number }) {
  return (
    <span>
      accepted until {exactly(at)} (<Moment at={at} now={now} />)
    </span>
  );
}

function Settings({ context, client, labels }: ApplicationPageProps) {
  const { postLogoutRedirectUris, backchannelLogoutUri, jwks, jwksUri } = client;
  return (
    <Panel title="Settings">
      <Facts
        items={[
          ["For", <ForWhom context={context} client={client} labels={labels} />],
          ["May ask for", <code>{client.scope}</code>],
          ["Grant types", <code>{client.grantTypes.join(" ")}</code>],
          ["Authentication method", <code>{client.tokenEndpointAuthMethod}</code>],
          jwksUri === null ? undefined : ["Its keys", <code>{jwksUri}</code>],
          jwks === null ? undefined : ["Its keys", <code>{jwks.keys.map(({ kid, kty }) => kid ?? kty).join(", ")}</code>],
          ["PKCE", client.pkce],
          ["Subject", client.subjectType],
          ["ID token algorithm", <code>{client.idTokenSignedResponseAlg}</code>],
          ["After signing out", <Lines of={postLogoutRedirectUris} none="Orgate's own page" />],
          ["Back-channel logout", <Lines of={backchannelLogoutUri === null ? [] : [backchannelLogoutUri]} none="not told" />],
          ["Created", <Moment at={client.createdAt} now={context.now} />],
          ["Changed", <Moment at={client.updatedAt} now={context.now} />],
        ]}
      />
    </Panel>
  );
}

function ForWhom({ context, client, labels }: Pick<ApplicationPageProps, "context" | "client" | "labels">): Child {
  if (client.organizationIds.length === 0) return <>Everybody</>;
  return (
    <ul class="plain-list">
      {client.organizationIds.map((id) => {
        const label = labels.get(id);
        return (
          <li>{label === undefined ? "A deleted organization" : <a href={`${context.path}/organizations/${id}`}>{label}</a>}</li>
        );
      })}
    </ul>
  );
}

function Lines({ of, none }: { of: readonly string[]; none: string }) {
  if (of.length === 0) return <>{none}</>;
  return (
    <ul class="plain-list">
      {of.map((line) => (
        <li>
          <code>{line}</code>
        </li>
      ))}
    </ul>
  );
}
