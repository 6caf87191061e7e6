// Sessions: whose is this token and may it still be used, which ones does a person have, and how they end.

import { equalSecrets, hmac } from "../../crypto/digest.ts";
import { newId } from "../../crypto/random.ts";
import { readSessionToken } from "../../crypto/tokens.ts";
import type { Runtime } from "../../services.ts";
import type { Database } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import { noticesOfIdentityInsert, noticesOfSessionInsert } from "../../storage/logout-notices.ts";
import {
  findSession,
  findSessionByToken,
  hasSessions,
  hasSessionsOfMembers,
  listSessions,
  listSessionsOfMembers,
  type MemberSessionCursor,
  type SessionPage,
  type SessionRecord,
  sessionDelete,
  sessionExists,
  sessionsOfIdentityDelete,
  sessionsOfMembersDelete,
} from "../../storage/sessions.ts";
import { notFound } from "../errors.ts";
import type { EventType, NewEvent, RequestContext } from "../events/event.ts";
import type { Identity } from "../identities/identity.ts";
import type { Page } from "../page.ts";
import { refuseSession, type Session, type SessionRefusal } from "./session.ts";

export type Authentication =
  | { ok: true; session: Session; identity: Identity; organizationLabel: string | null }
  | { ok: false; reason: SessionRefusal | "session_unknown" };

/** A session in a list, with the verdict on it. */
export interface JudgedSession {
  session: Session;
  identity: Identity;
  /** Why it may not be used any more, or undefined when it is active. */
  refusal: SessionRefusal | undefined;
  /** Name of the session's organization. */
  organizationLabel: string | null;
}

export interface SessionService {
  /**
   * Whose session a token is, and whether it may be used now: asked of D1's primary on every use, one round trip.
   * @throws {DomainError} `unavailable` when D1 cannot answer: that is never the same as "no session" (F12)
   */
  authenticate(projectId: string, token: string): Promise<Authentication>;
  /** Sessions in the order of their making, judged. One round trip. */
  list(projectId: string, page: SessionPage, db?: Database): Promise<Page<JudgedSession>>;
  /**
   * Sessions of an organization's members, by member, judged. A page may hold fewer than asked for and still name where to
   * go on. Two round trips.
   */
  listOfOrganization(
    projectId: string,
    page: { organizationId: string; after: MemberSessionCursor | undefined; limit: number },
    db?: Database,
  ): Promise<{ items: JudgedSession[]; next: MemberSessionCursor | undefined }>;
  /** @throws {DomainError} `not_found` */
  get(projectId: string, sessionId: string): Promise<JudgedSession>;
  /**
   * Ends one session of a person.
   * @throws {DomainError} `not_found`, for another person's session too
   */
  revoke(projectId: string, identityId: string, sessionId: string, context: RequestContext): Promise<void>;
  /**
   * Ends one session, whoever's it is.
   * @throws {DomainError} `not_found`
   */
  revokeById(projectId: string, sessionId: string, context: RequestContext): Promise<void>;
  /** Logout by an app that holds a token of this session: ends it if it is still there. @returns the person whose it was */
  logOut(projectId: string, sessionId: string, context: RequestContext): Promise<Identity | undefined>;
  /** Ends all sessions of a person but `keepId`. @returns how many that were */
  revokeOthers(projectId: string, identityId: string, keepId: string, context: RequestContext): Promise<number>;
  /** Ends all sessions of a person. @returns how many that were */
  revokeAll(projectId: string, identityId: string, context: RequestContext): Promise<number>;
  /**
   * Ends the sessions of an organization's members, 5,000 at a time: whoever wants them all ended asks until nothing is
   * left. @returns how many that were
   */
  revokeAllOfOrganization(
    projectId: string,
    organizationId: string,
    context: RequestContext,
  ): Promise<{ revoked: number; hasMore: boolean }>;
  /**
   * Logout: ends the session of this token, whether or not it could still be used. Repeating it changes nothing.
   * @returns false when the text is no session token at all
   */
  revokeByToken(projectId: string, token: string, context: RequestContext): Promise<boolean>;
  /** What a link must carry to log out the holder of this session token (T82); undefined when it is no session token. */
  logoutToken(projectId: string, token: string): string | undefined;
  /** Whether a link carries the logout token of this session token. */
  isLogoutToken(projectId: string, token: string, candidate: string): boolean;
}

/** Sessions of an organization that one commit ends: D1 bounds what a statement may do. */
const REVOKED_AT_ONCE = 5000;

/** @param tellApps sends the apps of ended sessions the word that is waiting for them; in the background */
export function createSessionService(runtime: Runtime, tellApps?: (projectId: string) => Promise<unknown>): SessionService {
  function logoutToken(projectId: string, token: string): string | undefined {
    const claim = readSessionToken(token);
    return claim && hmac(runtime.sealer.macKey("logout"), `${projectId}/${claim.hash}`);
  }

  async function find(projectId: string, token: string): Promise<SessionRecord | undefined> {
    const claim = readSessionToken(token);
    const of = claim && { projectId, sessionId: claim.sessionId, tokenHash: claim.hash };
    return of && (await findSessionByToken(runtime.databaseFor(projectId), of));
  }

  function judge({ session, identity, ground, organizationLabel }: SessionRecord): JudgedSession {
    return { session, identity, organizationLabel, refusal: refuseSession(session, ground, runtime.clock()) };
  }

  async function require(projectId: string, sessionId: string): Promise<SessionRecord> {
    const record = await findSession(runtime.databaseFor(projectId), projectId, sessionId);
    if (!record) throw notFound("session");
    return record;
  }

  /** False when somebody else has ended it in the meantime: then theirs is the event. */
  async function end(type: EventType, { session }: SessionRecord, context: RequestContext): Promise<boolean> {
    const { projectId, identityId, organizationId, connectionId, id } = session;
    const db = runtime.databaseFor(projectId);
    const event: NewEvent = { type, identityId, organizationId, connectionId, details: { session_id: id } };
    const now = runtime.clock();
    const changed = await commitIf(db, projectId, sessionExists(projectId, id), [
      noticesOfSessionInsert(db, projectId, id, now),
      sessionDelete(db, projectId, identityId, id),
      eventInsert(db, projectId, event, context, newId(now), now),
    ]);
    tell(projectId, changed?.[0]);
    return changed !== undefined;
  }

  function tell(projectId: string, notices: number | undefined): void {
    if (tellApps && notices !== undefined && notices > 0) runtime.background(tellApps(projectId));
  }

  async function endMany(projectId: string, identityId: string, keepId: string | undefined, context: RequestContext) {
    const db = runtime.databaseFor(projectId);
    const now = runtime.clock();
    const event: NewEvent = { type: "session.revoked", identityId, details: { scope: keepId === undefined ? "all" : "others" } };
    const changed = await commitIf(db, projectId, hasSessions(projectId, identityId, keepId), [
      noticesOfIdentityInsert(db, projectId, identityId, keepId, now),
      sessionsOfIdentityDelete(db, projectId, identityId, keepId),
      eventInsert(db, projectId, event, context, newId(now), now),
    ]);
    tell(projectId, changed?.[0]);
    return changed?.[1] ?? 0;
  }

  return {
    async authenticate(projectId, token) {
      const record = await find(projectId, token);
      if (!record) return { ok: false, reason: "session_unknown" };
      const { refusal, ...known } = judge(record);
      return refusal === undefined ? { ok: true, ...known } : { ok: false, reason: refusal };
    },

    async list(projectId, page, db = runtime.databaseFor(projectId)) {
      const records = await listSessions(db, projectId, { ...page, limit: page.limit + 1 });
      const items = records.slice(0, page.limit).map(judge);
      return { items, next: records.length > page.limit ? items.at(-1)?.session.id : undefined };
    },

    async listOfOrganization(projectId, page, db = runtime.databaseFor(projectId)) {
      const { records, next } = await listSessionsOfMembers(db, projectId, page);
      return { items: records.map(judge), next };
    },

    async get(projectId, sessionId) {
      return judge(await require(projectId, sessionId));
    },

    async revoke(projectId, identityId, sessionId, context) {
      const record = await require(projectId, sessionId);
      if (record.identity.id !== identityId) throw notFound("session");
      if (!(await end("session.revoked", record, context))) throw notFound("session");
    },

    async revokeById(projectId, sessionId, context) {
      if (!(await end("session.revoked", await require(projectId, sessionId), context))) throw notFound("session");
    },

    async logOut(projectId, sessionId, context) {
      const record = await findSession(runtime.databaseFor(projectId), projectId, sessionId);
      if (record) await end("logout.succeeded", record, asOwner(context, record.identity.id));
      return record?.identity;
    },

    revokeOthers: (projectId, identityId, keepId, context) => endMany(projectId, identityId, keepId, context),

    revokeAll: (projectId, identityId, context) => endMany(projectId, identityId, undefined, context),

    async revokeAllOfOrganization(projectId, organizationId, context) {
      const db = runtime.databaseFor(projectId);
      const now = runtime.clock();
      const event: NewEvent = { type: "session.revoked", organizationId, details: { scope: "organization" } };
      const changed = await commitIf(db, projectId, hasSessionsOfMembers(projectId, organizationId), [
        sessionsOfMembersDelete(db, projectId, organizationId, REVOKED_AT_ONCE),
        eventInsert(db, projectId, event, context, newId(now), now),
      ]);
      const revoked = changed?.[0] ?? 0;
      return { revoked, hasMore: revoked === REVOKED_AT_ONCE };
    },

    async revokeByToken(projectId, token, context) {
      if (readSessionToken(token) === undefined) return false;
      const record = await find(projectId, token);
      if (record) await end("logout.succeeded", record, asOwner(context, record.identity.id));
      return true;
    },

    logoutToken,

    isLogoutToken(projectId, token, candidate) {
      const expected = logoutToken(projectId, token);
      return expected !== undefined && equalSecrets(expected, candidate);
    },
  };
}

/** Whoever holds the token is the person. */
function asOwner(context: RequestContext, identityId: string): RequestContext {
  return { ...context, actor: { type: "identity", id: identityId } };
}
