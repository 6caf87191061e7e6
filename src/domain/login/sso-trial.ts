// Trying a connection: the ordinary round trip, with the ordinary checks, that stops before anything about a person is
// written. It stores that a ticket and a transaction were used, and one audit event.

import { newId } from "../../crypto/random.ts";
import type { Evidence } from "../../protocols/connector.ts";
import { mappingOf } from "../../protocols/oidc/claims.ts";
import type { Runtime } from "../../services.ts";
import { findConnection } from "../../storage/connections.ts";
import { violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { loginStore } from "../../storage/login.ts";
import type { Connection } from "../connections/connection.ts";
import { notFound } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import type { LoginRefused, LoginService } from "./login.ts";
import { refused } from "./refusal.ts";
import { type CallbackRequest, endRoundTrip } from "./round-trip.ts";
import { doorsOfCallback } from "./sso-start.ts";
import {
  newTransaction,
  sealTransaction,
  TRANSACTION_LIFESPAN_MS,
  type Transaction,
  transactionCookieName,
} from "./transaction.ts";
import type { Trial, TrialReport, Tried } from "./trial.ts";
import { invalidTicket, issueTicket, readTicket } from "./trial-ticket.ts";
import { verdictOn } from "./verdict.ts";

/** What a trial found out before it is written down. */
type Finding = Pick<TrialReport, "verdict" | "evidence"> & Partial<TrialReport>;

export interface SsoTrial extends Pick<LoginService, "offerTrial" | "startTrial"> {
  /** The callback of a trial. At most three D1 round trips. */
  finishTrial(
    transaction: Transaction,
    trial: Trial,
    request: CallbackRequest,
    context: RequestContext,
  ): Promise<Tried | LoginRefused>;
}

export function createSsoTrial(runtime: Runtime): SsoTrial {
  const { clock, config, connector, databaseFor, sealer } = runtime;
  const storeOf = (projectId: string) => loginStore(databaseFor(projectId), projectId);

  return {
    async offerTrial(projectId, connectionId, context) {
      const connection = await findConnection(databaseFor(projectId), projectId, connectionId);
      if (!connection) throw notFound("connection");
      const { text, expiresAt } = await issueTicket(sealer, { projectId, connectionId, actor: context.actor }, clock());
      const url = new URL(`${doorsOfCallback(connection.redirectUri)}/sso/try`);
      url.searchParams.set("ticket", text);
      return { url: url.href, expiresAt };
    },

    async startTrial(project, text, context) {
      const ticket = await readTicket(sealer, project.id, text, clock());
      const { connection } = await storeOf(project.id)
        .consume({ ...ticket, organizationId: null })
        .catch((error: unknown) => {
          throw violatesUnique(error, "consumed_transactions") ? invalidTicket() : error;
        });
      if (!connection) throw notFound("connection");
      const trial: Trial = { actor: ticket.actor };
      const begun = newTransaction(project, connection, "", clock());
      const start = await connector.start(connection, begun);
      if (!start.ok) {
        const { ok: _, ...why } = start;
        return await report(connection, trial, { verdict: { admitted: false, ...why }, evidence: {} }, context);
      }
      const transaction: Transaction = { ...begun, issRequired: start.issRequired, trial };
      const value = await sealTransaction(sealer, transaction);
      const name = transactionCookieName(begun.state);
      return { ok: true, location: start.url, cookie: { name, value, maxAge: TRANSACTION_LIFESPAN_MS / 1000 } };
    },

    async finishTrial(transaction, trial, request, context) {
      const { projectId } = transaction;
      const store = storeOf(projectId);
      const evidence: Evidence = {};
      const ended = await endRoundTrip(runtime, store, transaction, request, { evidence });
      if (!ended.ok) {
        if (ended.stage === "replayed") return refused("transaction_used", context.requestId);
        const connection = await findConnection(databaseFor(projectId), projectId, transaction.connectionId);
        if (!connection) return refused("connection_not_found", context.requestId);
        const { reason, detail } = ended;
        const verdict = { admitted: false as const, reason, ...(detail === undefined ? {} : { detail }) };
        const consumption = ended.stage === "unused" ? [store.consumption(transaction)] : [];
        return await report(connection, trial, { verdict, evidence }, context, consumption).catch((error: unknown) => {
          if (!violatesUnique(error, "consumed_transactions")) throw error;
          return refused("transaction_used", context.requestId);
        });
      }
      const { connection, ground, assertion } = ended;
      const { organization } = ground;
      // What a disabled connection would do is what the operator wants to know before enabling it.
      const enabled = { ...connection, state: "enabled" as const };
      const open = organization && { ...organization, state: "enabled" as const };
      const verdict = await verdictOn(store, enabled, open, assertion);
      const finding: Finding = {
        verdict: verdict.ok
          ? {
              admitted: true,
              action: verdict.linking.action,
              identityId: "identity" in verdict.linking ? verdict.linking.identity.id : null,
            }
          : { admitted: false, reason: verdict.reason },
        evidence,
        blockers: [
          ...(connection.state === "enabled" ? [] : (["connection_disabled"] as const)),
          ...(organization && organization.state !== "enabled" ? (["organization_disabled"] as const) : []),
        ],
        mapping: Object.entries(mappingOf(connection)).map(([trait, claim]) => ({
          trait,
          claim,
          value: Object.hasOwn(assertion.traits, trait) ? (assertion.traits[trait] ?? null) : null,
        })),
        emailVerified: assertion.emailVerified,
      };
      return await report(connection, trial, finding, context);
    },
  };

  /** Commits the one audit event, which names no claim and no person, and hands the finding over. */
  async function report(
    connection: Connection,
    { actor }: Trial,
    finding: Finding,
    context: RequestContext,
    writes: readonly Write[] = [],
  ): Promise<Tried> {
    const { projectId, id: connectionId, organizationId, label, provider } = connection;
    const { verdict } = finding;
    const now = clock();
    const id = newId(now);
    const db = databaseFor(projectId);
    const outcome = verdict.admitted
      ? { admitted: true, identity: verdict.action }
      : { admitted: false, ...(verdict.detail === undefined ? {} : { detail: verdict.detail }) };
    const event = {
      type: "connection.tried" as const,
      organizationId,
      connectionId,
      reason: verdict.admitted ? null : verdict.reason,
      details: { label, provider, ...outcome },
    };
    await db.commit([...writes, eventInsert(db, projectId, event, { ...context, actor }, id, now)]);
    return {
      ok: true,
      trial: {
        blockers: [],
        mapping: [],
        emailVerified: undefined,
        ...finding,
        connection,
        consoleUrl: `${config.baseUrl.origin}/console/projects/${projectId}/connections/${connectionId}`,
        reference: id,
      },
    };
  }
}
