// A table of sessions: whose, since when, how, from where, and whether they may still be used.

import type { JudgedSession } from "../../../domain/sessions/service.ts";
import type { SessionRefusal } from "../../../domain/sessions/session.ts";
import type { PageContext } from "../context.ts";
import { Badge, Moment, Table } from "./blocks.tsx";
import { FormSecrets } from "./fields.tsx";

/** Why a session is not accepted any more. */
const REFUSALS: Record<SessionRefusal, string> = {
  session_expired: "Expired",
  identity_inactive: "Person deactivated",
  organization_changed: "Changed organization",
  organization_disabled: "Organization disabled",
  connection_disabled: "Connection disabled",
  connection_changed: "Connection changed",
  domain_requires_sso: "Needs single sign-on now",
  domain_moved: "Domain moved",
};

interface SessionTableProps {
  context: PageContext;
  caption: string;
  sessions: readonly JudgedSession[];
  /** Whether the rows are of several people. */
  person: boolean;
  /** Whether each row has a button that posts `session_id` with `intent=end_session` to the page. */
  mayEnd: boolean;
}

export function SessionTable({ context, caption, sessions, person, mayEnd }: SessionTableProps) {
  const { now } = context;
  return (
    <Table
      caption={caption}
      head={[...(person ? ["Person"] : []), "Signed in", "How", "From", "State", "Ends", ...(mayEnd ? ["End it"] : [])]}
      rows={sessions.map(({ session, identity, refusal }) => [
        ...(person ? [<a href={`${context.path}/identities/${identity.id}`}>{identity.email ?? identity.id}</a>] : []),
        <Moment at={session.authenticatedAt} now={now} />,
        <Method context={context} session={session} />,
        <Origin session={session} />,
        refusal === undefined ? <Badge tone="good">Active</Badge> : <Badge tone="quiet">{REFUSALS[refusal]}</Badge>,
        <Moment at={session.expiresAt} now={now} />,
        ...(mayEnd ? [<EndForm context={context} sessionId={session.id} of={identity.email ?? identity.id} />] : []),
      ])}
    />
  );
}

function Method({ context, session }: { context: PageContext; session: JudgedSession["session"] }) {
  if (session.connectionId === null) return <>Password</>;
  const label = session.organizationId === null ? "Social sign-in" : "Single sign-on";
  return <a href={`${context.path}/connections/${session.connectionId}`}>{label}</a>;
}

/** Longest part of a browser's own description that is shown. */
const SHOWN = 48;

function Origin({ session: { ipAddress, userAgent } }: { session: JudgedSession["session"] }) {
  const browser = userAgent === null ? "" : userAgent.length > SHOWN ? `${userAgent.slice(0, SHOWN)}…` : userAgent;
  return (
    <>
      {ipAddress ?? "Unknown"}
      {browser === "" ? null : <p class="hint">{browser}</p>}
    </>
  );
}

function EndForm({ context, sessionId, of }: { context: PageContext; sessionId: string; of: string }) {
  return (
    <form method="post">
      <FormSecrets csrf={context.csrf} />
      <input type="hidden" name="session_id" value={sessionId} />
      <button
        type="submit"
        class="button button-small"
        name="intent"
        value="end_session"
        aria-label={`End this session of ${of}`}
      >
        End
      </button>
    </form>
  );
}
