// One identity: who it is, how it signs in, where it is signed in, and what happened to it.

import type { Event } from "../../../../domain/events/event.ts";
import type { Identity, IdentityCredentials } from "../../../../domain/identities/identity.ts";
import type { RoutingDecision } from "../../../../domain/login/routing.ts";
import type { JudgedSession } from "../../../../domain/sessions/service.ts";
import type { PageContext } from "../../context.ts";
import { Badge, Button, ButtonLink, CopyValue, Facts, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { EventTable } from "../../parts/events.tsx";
import { FormSecrets } from "../../parts/fields.tsx";
import { SessionTable } from "../../parts/sessions.tsx";
import { IdentityState, nameOf, titleOf } from "./identity.tsx";

export interface IdentityDetailProps {
  context: PageContext;
  path: string;
  identity: Identity;
  credentials: IdentityCredentials;
  organizationLabel: string | undefined;
  /** How its address signs in; undefined without one. */
  routing: RoutingDecision | undefined;
  sessions: readonly JudgedSession[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  events: readonly Event[];
  mayChange: boolean;
  /** It is an operator, whose access has to be removed first. */
  isOperator: boolean;
  /** The project's, where its admin API is. */
  origin: string;
}

export function IdentityDetail(props: IdentityDetailProps) {
  const { context, path, identity, sessions, pager, events, mayChange, isOperator, origin } = props;
  const title = titleOf(identity);
  const api = `/admin/identities/${identity.id}`;
  return (
    <>
      <PageHead
        title={title}
        badge={<IdentityState identity={identity} />}
        lead={title === identity.email ? undefined : identity.email}
      />
      <Person {...props} />
      <SignIn {...props} />
      <Panel
        title="Sessions"
        lead="Where this person is signed in."
        actions={
          mayChange && sessions.length > 0 ? (
            <Act context={context} intent="end_sessions" label="End all sessions" danger={true} />
          ) : undefined
        }
      >
        {sessions.length === 0 ? (
          <p>{pager.firstHref === undefined ? "Not signed in anywhere." : "There are no more."}</p>
        ) : (
          <SessionTable context={context} caption="Sessions" sessions={sessions} person={false} mayEnd={mayChange} />
        )}
        <Pager {...pager} />
      </Panel>
      <Panel
        title="Recent events"
        actions={<ButtonLink href={`${context.path}/events?identity_id=${identity.id}`}>All events</ButtonLink>}
      >
        {events.length === 0 ? (
          <p>None among the project's latest.</p>
        ) : (
          <EventTable context={context} caption="Recent events" events={events} people={false} />
        )}
      </Panel>
      {mayChange ? <Changes context={context} path={path} identity={identity} isOperator={isOperator} /> : null}
      <ApiCalls
        baseUrl={origin}
        calls={[
          { method: "GET", path: api },
          { method: "GET", path: `${api}/sessions` },
          ...(mayChange
            ? [
                { method: "DELETE" as const, path: `${api}/sessions` },
                { method: "DELETE" as const, path: "/admin/sessions/SESSION_ID" },
              ]
            : []),
        ]}
      />
    </>
  );
}

function Person({ context, identity, organizationLabel }: IdentityDetailProps) {
  const others = Object.entries(identity.traits).filter(([name]) => name !== "email" && name !== "name");
  return (
    <Panel title="Person">
      <Facts
        items={[
          [
            "E-mail address",
            identity.email === null ? (
              "None"
            ) : (
              <>
                {identity.email}{" "}
                {identity.emailVerified ? <Badge tone="good">Verified</Badge> : <Badge tone="quiet">Not verified</Badge>}
              </>
            ),
          ],
          ["Name", nameOf(identity) ?? "Not known"],
          ...others.map(([name, value]) => [name, String(value)] as const),
          [
            "Organization",
            identity.organizationId === null ? (
              "None"
            ) : (
              <a href={`${context.path}/organizations/${identity.organizationId}`}>
                {organizationLabel ?? identity.organizationId}
              </a>
            ),
          ],
          ["Identity ID", <CopyValue text={identity.id} label="the identity's id" />],
          ["Created", <Moment at={identity.createdAt} now={context.now} />],
          ["Last changed", <Moment at={identity.updatedAt} now={context.now} />],
        ]}
      />
    </Panel>
  );
}

function SignIn(props: IdentityDetailProps) {
  const { context, identity, credentials } = props;
  const { password, oidc } = credentials;
  return (
    <Panel
      title="How this person signs in"
      actions={
        identity.email === null ? undefined : (
          <ButtonLink href={`${context.path}/routing?email=${encodeURIComponent(identity.email)}`}>Explain</ButtonLink>
        )
      }
    >
      <p>{sentence(props)}</p>
      <Facts
        items={[
          [
            "Password",
            password === null ? (
              "None"
            ) : (
              <>
                Set <Moment at={password.updatedAt} now={context.now} />
              </>
            ),
          ],
          ["Identity providers", oidc.length === 0 ? "None yet" : String(oidc.length)],
        ]}
      />
      {oidc.length === 0 ? null : (
        <Table
          caption="Linked identity providers"
          head={["Issuer", "Subject", "For", "Linked"]}
          rows={oidc.map(({ issuer, subject, organizationId, createdAt }) => [
            <code>{issuer}</code>,
            <code>{subject}</code>,
            organizationId === null ? (
              "Social sign-in"
            ) : (
              <a href={`${context.path}/organizations/${organizationId}`}>Organization</a>
            ),
            <Moment at={createdAt} now={context.now} />,
          ])}
        />
      )}
    </Panel>
  );
}

function sentence({ identity, credentials, routing }: IdentityDetailProps): string {
  if (identity.state === "inactive") return "Not at all: this person is deactivated.";
  if (routing === undefined) return "Not at all: there is no e-mail address to sign in with.";
  const labels = routing.connections.map((connection) => `“${connection.label}”`).join(" or ");
  if (routing.decision === "sso") {
    return `Through ${labels}, the single sign-on of ${routing.organizationLabel}. No other way is open for this address.`;
  }
  if (routing.decision === "blocked") {
    return `Not at all right now: the address belongs to ${routing.organizationLabel}, which is disabled or has no connection in use.`;
  }
  const ways = [
    ...(routing.password && credentials.password !== null ? ["with the password"] : []),
    ...(labels === "" ? [] : [`through ${labels}`]),
  ];
  if (ways.length > 0) return `${capital(ways.join(", or "))}.`;
  return routing.password
    ? "Not at all right now: there is no password, and the project has no social sign-in."
    : "Not at all right now: the project has password login switched off and no social sign-in.";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

interface ChangesProps {
  context: PageContext;
  path: string;
  identity: Identity;
  isOperator: boolean;
}

function Changes({ context, path, identity, isOperator }: ChangesProps) {
  if (isOperator) {
    return (
      <Panel title="Deactivate or delete">
        <p>
          This person is an operator. Remove the access under <a href={`${context.path}/operators`}>Operators</a> first.
        </p>
      </Panel>
    );
  }
  const active = identity.state === "active";
  return (
    <Panel
      title="Deactivate or delete"
      danger={true}
      actions={
        <>
          <Act
            context={context}
            intent={active ? "deactivate" : "activate"}
            label={active ? "Deactivate" : "Activate"}
            danger={active}
          />
          <ButtonLink href={`${path}/delete`} kind="danger">
            Delete…
          </ButtonLink>
        </>
      }
    >
      <p>
        {active
          ? "Deactivating ends this person's sessions at once and refuses every sign-in, through single sign-on too. Nothing is deleted, and it can be undone."
          : "Activating lets this person sign in again."}
      </p>
    </Panel>
  );
}

interface ActProps {
  context: PageContext;
  intent: string;
  label: string;
  danger: boolean;
}

/** One button that posts its intent to the page. */
function Act({ context, intent, label, danger }: ActProps) {
  return (
    <form method="post">
      <FormSecrets csrf={context.csrf} />
      <Button {...(danger ? { kind: "danger" as const } : {})} name="intent" value={intent}>
        {label}
      </Button>
    </form>
  );
}
