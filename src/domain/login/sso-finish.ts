// Ends a login at an IdP: opens the transaction, has the round trip ended (round-trip.ts), asks the gate (verdict.ts), and
// commits one batch. The order of all checks is the order in which they stand in these three files.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { loginStore } from "../../storage/login.ts";
import { exchangeInsert } from "../../storage/session-exchanges.ts";
import type { NewEvent, RequestContext } from "../events/event.ts";
import { latestSettings } from "../projects/project.ts";
import { newExchange } from "../session-exchange/exchange.ts";
import { sessionExpiry } from "../sessions/lifespan.ts";
import { afterSuccess, isFailureOfConnection } from "./connection-health.ts";
import { knownLogin } from "./known-login.ts";
import type { LoggedIn, LoginRefusalReason, LoginRefused, LoginService } from "./login.ts";
import { endPrevious, newSession, type SessionGrant } from "./new-session.ts";
import { carryOut, type SsoLogin } from "./person.ts";
import { refuse, refused } from "./refusal.ts";
import { endRoundTrip, type RoundTripRefusal } from "./round-trip.ts";
import type { SsoTrial } from "./sso-trial.ts";
import { openTransaction, type Transaction } from "./transaction.ts";
import { verdictOn } from "./verdict.ts";

type Store = ReturnType<typeof loginStore>;

export function createSsoFinish(
  runtime: Runtime,
  { finishTrial }: Pick<SsoTrial, "finishTrial">,
): Pick<LoginService, "finishSso"> {
  const storeOf = (projectId: string) => loginStore(runtime.databaseFor(projectId), projectId);

  return {
    async finishSso(project, request, context) {
      const { params } = request;
      // The state names the cookie; without the cookie this is not the browser that began (T2, T3).
      const states = params.getAll("state");
      const state = states[0];
      if (states.length !== 1 || state === undefined || state === "") return refused("state_missing", context.requestId);
      const { sealed } = request;
      const transaction = sealed === undefined ? undefined : await openTransaction(runtime.sealer, project.id, sealed);
      if (!transaction) return refused("transaction_missing", context.requestId);
      if (runtime.clock() >= transaction.expiresAt) {
        return refused("transaction_expired", context.requestId, { returnTo: transaction.returnTo });
      }

      // From here on whatever happens uses the transaction up.
      if (transaction.trial) return await finishTrial(transaction, transaction.trial, request, context);
      const store = storeOf(project.id);
      const ended = await endRoundTrip(runtime, store, transaction, request);
      if (!ended.ok) return refuseRoundTrip(store, transaction, ended, context);

      const { ground, connection, assertion } = ended;
      const login = {
        project: { ...project, ...latestSettings(ended.project, project) },
        transaction,
        connection,
        organization: ground.organization,
        assertion,
      };
      const enter = () => enterWith(store, login, request.previousToken, context);
      // Two first logins of one person may meet (two tabs): the second one finds the identity that the first one made.
      return enter().catch((error: unknown) => {
        if (violatesUnique(error, "identities") || violatesUnique(error, "oidc_credentials")) return enter();
        throw error;
      });
    },
  };

  /** Records a refusal and uses the transaction up, unless it had been used before: then that is the refusal. */
  async function refuseRoundTrip(
    store: Store,
    transaction: Transaction,
    { reason, detail, stage }: RoundTripRefusal,
    context: RequestContext,
  ): Promise<LoginRefused> {
    const used = () => refused("transaction_used", context.requestId, { returnTo: transaction.returnTo });
    if (stage === "replayed") return used();
    const more = {
      ...(detail === undefined ? {} : { detail }),
      with: stage === "unused" ? [store.consumption(transaction)] : [],
      failedConnection: stage === "asked" && isFailureOfConnection(reason),
    };
    return refuseAnswered(transaction, reason, context, more).catch((error: unknown) => {
      if (!violatesUnique(error, "consumed_transactions")) throw error;
      return used();
    });
  }

  function refuseAnswered(
    transaction: Transaction,
    reason: LoginRefusalReason,
    context: RequestContext,
    more: { detail?: string; with?: readonly Write[]; identityId?: string; failedConnection?: boolean } = {},
  ): Promise<LoginRefused> {
    const { identityId = null, ...rest } = more;
    return refuse(runtime, {
      type: "login.refused",
      projectId: transaction.projectId,
      reason,
      context,
      about: { organizationId: transaction.organizationId, connectionId: transaction.connectionId, identityId },
      failedConnection: isFailureOfConnection(reason),
      ...rest,
      returnTo: transaction.returnTo,
    });
  }

  /** Admission, linking, and the one batch that makes identity, link, session and audit event, or nothing. */
  async function enterWith(
    store: Store,
    login: SsoLogin,
    previousToken: string | undefined,
    context: RequestContext,
  ): Promise<LoggedIn | LoginRefused> {
    const { project, transaction, connection, organization, assertion } = login;
    const now = runtime.clock();
    const grant = grantOf(login, context, now);
    const known = knownLogin(login, grant, previousToken, context);
    const verdict = await verdictOn(store, connection, organization, assertion, known);
    if (!verdict.ok) {
      const { reason, identityId, entered } = verdict;
      if (entered) await takeBack(grant);
      return refuseAnswered(transaction, reason, context, identityId === undefined ? {} : { identityId });
    }

    const { linking, address, key } = verdict;
    const { identity, writes } = carryOut(store, login, linking, address, key, now);
    const session = { ...grant.session, identityId: identity.id };
    if (verdict.entered) {
      if (linking.action === "use" && writes.length === 0)
        return { ok: true, identity, session, token: grant.token, returnTo: transaction.returnTo };
      await takeBack(grant);
    }
    const forApp =
      transaction.initCodeHash === undefined
        ? undefined
        : newExchange({ projectId: project.id, sessionId: session.id, initCodeHash: transaction.initCodeHash }, now);
    const about = { organizationId: connection.organizationId, connectionId: connection.id, identityId: identity.id };
    const movedIn =
      linking.action === "move_in" && organization ? { organizationId: organization.id, label: organization.label } : undefined;
    try {
      await runtime.databaseFor(project.id).commit([
        ...writes,
        // A login for an app leaves the browser's own session alone.
        ...(forApp ? [] : endPrevious(store, previousToken)),
        store.createSession(session, grant.hash, identity.emailDomain),
        ...(forApp ? [exchangeInsert(runtime.databaseFor(project.id), forApp.exchange)] : []),
        ...afterSuccess(runtime.databaseFor(project.id), connection, assertion, now),
        ...(movedIn ? [event({ type: "identity.joined_organization", ...about })] : []),
        event({
          type: "login.succeeded",
          ...about,
          details: { method: "oidc", identity: linking.action, ...secretUsed(login) },
        }),
      ]);
    } catch (error) {
      // The ground moved between reading and committing: nothing was stored (T58).
      if (error instanceof ConstraintViolation && error.kind !== "unique")
        return refuseAnswered(transaction, "connection_changed", context);
      throw error;
    }
    return {
      ok: true,
      identity,
      session,
      token: grant.token,
      returnTo: transaction.returnTo,
      ...(movedIn ? { joinedOrganization: movedIn } : {}),
      ...(forApp ? { returnToCode: forApp.code } : {}),
    };

    /** The quick statements let in whom the gate does not. They are written so that this cannot be; nobody has the token yet. */
    async function takeBack({ session: { id }, hash }: SessionGrant): Promise<void> {
      await runtime.databaseFor(project.id).commit([store.endSession(id, hash)]);
    }

    function event(what: NewEvent): Write {
      return eventInsert(
        runtime.databaseFor(project.id),
        project.id,
        what,
        { ...context, actor: { type: "identity", id: identity.id } },
        newId(now),
        now,
      );
    }
  }
}

/** The session that the login is to bring; whose it is, the verdict says. */
function grantOf(login: SsoLogin, context: RequestContext, now: number): SessionGrant {
  const { project, connection, organization, assertion } = login;
  return newSession(
    {
      projectId: project.id,
      identityId: "",
      method: {
        method: "oidc",
        provider: connection.id,
        ...(organization ? { organization: organization.id } : {}),
        ...(assertion.acr === undefined ? {} : { upstream_acr: assertion.acr }),
        ...(assertion.amr.length === 0 ? {} : { upstream_amr: assertion.amr }),
        ...(assertion.upstreamSid === undefined ? {} : { upstream_sid: assertion.upstreamSid }),
        ...(assertion.authTime === undefined ? {} : { upstream_auth_time: new Date(assertion.authTime).toISOString() }),
      },
      organizationId: connection.organizationId,
      connection,
      authenticatedAt: Math.min(assertion.authTime ?? now, now),
      expiresAt: sessionExpiry(project, organization, assertion.sessionExpiresAt, now),
    },
    context,
    now,
  );
}

/** While two secrets are stored, which of them the provider took. */
function secretUsed({ connection, assertion }: SsoLogin): { client_secret?: "new" | "old" } {
  if (connection.previousClientSecret === null) return {};
  return { client_secret: assertion.credential === "current" ? "new" : "old" };
}
