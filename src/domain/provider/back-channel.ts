// Tells apps that a session of theirs has ended: a signed token to the address each has registered, through the guarded fetch
// alone, repeated until the app answers (T122).

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { findClient } from "../../storage/clients.ts";
import type { Database } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { dueNotices, noticeClaim, noticeDelete } from "../../storage/logout-notices.ts";
import { findProject } from "../../storage/projects.ts";
import type { Client } from "../clients/client.ts";
import { systemContext } from "../events/event.ts";
import { originOf } from "../projects/hosts.ts";
import type { SigningKeyService } from "../signing-keys/service.ts";
import { pairwiseSubject } from "./claims.ts";
import { isGivenUp, type LogoutNotice, logoutTokenClaims, nextAttempt, sectorOf } from "./logout-notice.ts";
import type { ProviderService } from "./service.ts";

export interface BackChannel {
  /** Sends what is due in a database, of all its projects. Never throws for an app's sake; what fails is due again later. */
  deliver(db: Database): Promise<{ delivered: number; failed: number }>;
}

/** Notices of one run. */
const LIMIT = 50;
const MAX_BYTES = 16 * 1024;

const SYSTEM = systemContext("back-channel");

export function createBackChannel(
  runtime: Runtime,
  { signingKeys, provider }: { signingKeys: SigningKeyService; provider: ProviderService },
): BackChannel {
  const { clock, databaseFor, directory, config, outbound } = runtime;

  async function deliverOne(notice: LogoutNotice): Promise<boolean> {
    const db = databaseFor(notice.projectId);
    const [taken] = await db.commit([noticeClaim(db, notice, nextAttempt(notice, clock()))]);
    if (taken !== 1) return true;
    const claimed = { ...notice, attempts: notice.attempts + 1 };
    const client = await findClient(db, notice.projectId, notice.clientId);
    if (client?.backchannelLogoutUri && !(await isTold(claimed, client, client.backchannelLogoutUri))) {
      if (isGivenUp(claimed)) await giveUp(claimed);
      return false;
    }
    await db.commit([noticeDelete(db, claimed)]);
    return true;
  }

  /** The app has answered with success (section 2.8). */
  async function isTold(notice: LogoutNotice, client: Client, uri: string): Promise<boolean> {
    const project = await findProject(directory, notice.projectId);
    if (!project) return true;
    const now = clock();
    const facts = { issuer: originOf(project, config), subject: await subjectOf(notice, client), jti: newId(now), now };
    const alg = client.idTokenSignedResponseAlg;
    const token = await signingKeys.sign(project.id, { alg, typ: "logout+jwt", claims: logoutTokenClaims(notice, facts) });
    try {
      const answer = await outbound(uri, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ logout_token: token }).toString(),
        maxBytes: MAX_BYTES,
      });
      return answer.ok;
    } catch {
      return false;
    }
  }

  async function subjectOf(notice: LogoutNotice, client: Client): Promise<string> {
    if (client.subjectType === "public") return notice.identityId;
    return pairwiseSubject(await provider.subjectSalt(notice.projectId), sectorOf(client), notice.identityId);
  }

  async function giveUp(notice: LogoutNotice): Promise<void> {
    const db = databaseFor(notice.projectId);
    const now = clock();
    const details = { client_id: notice.clientId, session_id: notice.sessionId, attempts: notice.attempts };
    const event = { type: "provider.logout_undelivered", identityId: notice.identityId, details } as const;
    await db.commit([noticeDelete(db, notice), eventInsert(db, notice.projectId, event, SYSTEM, newId(now), now)]);
  }

  return {
    async deliver(db) {
      const notices = await dueNotices(db, clock(), LIMIT);
      const told = await Promise.all(notices.map((notice) => deliverOne(notice).catch(() => false)));
      const delivered = told.filter((ok) => ok).length;
      return { delivered, failed: told.length - delivered };
    },
  };
}
