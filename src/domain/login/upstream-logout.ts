// An IdP says that a person's session there has ended (OpenID Connect Back-Channel Logout 1.0): the sessions that rest on it end
// here, and the apps they signed in to are told (T122).

import { sha256 } from "../../crypto/digest.ts";
import { newId } from "../../crypto/random.ts";
import type { RefusalReason } from "../../protocols/connector.ts";
import type { Runtime } from "../../services.ts";
import { findConnection } from "../../storage/connections.ts";
import { violatesUnique } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { loginStore } from "../../storage/login.ts";
import { noticesOfUpstreamInsert } from "../../storage/logout-notices.ts";
import { subjectsOfSid, type UpstreamSession, upstreamSessionsDelete } from "../../storage/upstream-sessions.ts";
import type { RequestContext } from "../events/event.ts";

export interface UpstreamLogout {
  /**
   * Takes a logout token of a connection's IdP. A person or session that is not known here is a success: there is nothing left
   * to end. A word that names a session alone counts when exactly one person has it here by that name, which the IdP gave at
   * the login; otherwise it is `session_unknown`, because it may mean a session whose name we were never told.
   */
  accept(
    projectId: string,
    connectionId: string,
    logoutToken: string,
    context: RequestContext,
  ): Promise<
    { ok: true; ended: number } | { ok: false; reason: RefusalReason | "connection_not_found" | "session_unknown" | "replayed" }
  >;
}

/** @param tellApps sends the apps of ended sessions the word that is waiting for them */
export function createUpstreamLogout(runtime: Runtime, tellApps: (projectId: string) => Promise<unknown>): UpstreamLogout {
  return {
    async accept(projectId, connectionId, logoutToken, context) {
      const db = runtime.databaseFor(projectId);
      const connection = await findConnection(db, projectId, connectionId);
      if (connection?.state !== "enabled") return { ok: false, reason: "connection_not_found" };
      const judged = await runtime.connector.readLogoutToken(connection, logoutToken);
      if (!judged.ok) return { ok: false, reason: judged.reason };
      const { sessionId, jti, expiresAt } = judged.word;

      const { organizationId, issuerUrl: issuer } = connection;
      const subject =
        judged.word.subject ??
        (await onlySubject(db, projectId, { connectionId, organizationId, issuer, upstreamSid: sessionId ?? "" }));
      if (subject === undefined) return { ok: false, reason: "session_unknown" };
      const which: UpstreamSession = { connectionId, organizationId, issuer, subject, upstreamSid: sessionId };
      const now = runtime.clock();
      const event = { type: "logout.by_provider", organizationId, connectionId } as const;
      try {
        const [, notices, ended = 0] = await db.commit([
          // The token counts once: whoever brings it a second time ends nothing.
          loginStore(db, projectId).consumption({ id: `logout.${sha256(`${connectionId}\n${jti}`)}`, expiresAt }),
          noticesOfUpstreamInsert(db, projectId, which, now),
          upstreamSessionsDelete(db, projectId, which),
          eventInsert(db, projectId, event, context, newId(now), now),
        ]);
        if (notices !== undefined && notices > 0) runtime.background(tellApps(projectId));
        return { ok: true, ended };
      } catch (error) {
        if (violatesUnique(error, "consumed_transactions")) return { ok: false, reason: "replayed" };
        throw error;
      }
    },
  };
}

async function onlySubject(...of: Parameters<typeof subjectsOfSid>): Promise<string | undefined> {
  const subjects = await subjectsOfSid(...of);
  return subjects.length === 1 ? subjects[0] : undefined;
}
