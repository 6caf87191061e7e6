// Ends a round trip. The order of the checks is the order in which they stand in `finishSso`: everything that needs no
// I/O first, then the transaction is consumed, then the code is redeemed, then the gate, then one batch.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { loginStore } from "../../storage/login.ts";
import { parseEmailAddress } from "../domains/email-address.ts";
import type { NewEvent, RequestContext } from "../events/event.ts";
import { sessionExpiry } from "../sessions/lifespan.ts";
import { activeOwner, admit } from "./admission.ts";
import { refuseConnection } from "./connection-state.ts";
import { link } from "./linking.ts";
import type { LoggedIn, LoginRefusalReason, LoginRefused, LoginService } from "./login.ts";
import { endPrevious, newSession } from "./new-session.ts";
import { carryOut, type SsoLogin } from "./person.ts";
import { refuse, refused } from "./refusal.ts";
import { openTransaction, type Transaction, transactionCookieName } from "./transaction.ts";

type Store = ReturnType<typeof loginStore>;

export function createSsoFinish(runtime: Runtime): Pick<LoginService, "finishSso"> {
  const storeOf = (projectId: string) => loginStore(runtime.databaseFor(projectId), projectId);

  return {
    async finishSso(project, request, context) {
      const { params } = request;
      // The state names the cookie; without the cookie this is not the browser that began (T2, T3).
      const states = params.getAll("state");
      const state = states[0];
      if (states.length !== 1 || state === undefined || state === "") return refused("state_missing", context.requestId);
      const sealed = request.cookies[transactionCookieName(state)];
      const transaction = sealed === undefined ? undefined : await openTransaction(runtime.sealer, project.id, sealed);
      if (!transaction) return refused("transaction_missing", context.requestId);
      if (runtime.clock() >= transaction.expiresAt) {
        return refused("transaction_expired", context.requestId, { returnTo: transaction.returnTo });
      }

      // From here on whatever happens uses the transaction up. The callback's path must be the transaction's own
      // connection and organization (T7, T9), and the answer must come from its issuer (T8), before anything is sent.
      if (request.connectionId !== transaction.connectionId || request.organizationId !== transaction.organizationId) {
        return refuseUnused(transaction, "connection_mismatch", context);
      }
      const answer = runtime.connector.checkResponse(transaction, params);
      if (!answer.ok) return refuseUnused(transaction, answer.reason, context, answer.detail);

      const store = storeOf(project.id);
      const ground = await store.consume(transaction).catch(alreadyUsed);
      if (!ground) return refused("transaction_used", context.requestId, { returnTo: transaction.returnTo });
      const { connection } = ground;
      if (!connection || !ground.project) return refuseUsed(transaction, "connection_not_found", context);
      if (connection.trustRevision !== transaction.trustRevision) return refuseUsed(transaction, "connection_changed", context);
      const unusable = refuseConnection(connection, ground.organization);
      if (unusable) return refuseUsed(transaction, unusable, context);

      const outcome = await runtime.connector.finish(connection, transaction, params);
      if (!outcome.ok) return refuseUsed(transaction, outcome.reason, context, outcome.detail);

      const login = {
        project: { ...project, ...ground.project },
        transaction,
        connection,
        organization: ground.organization,
        assertion: outcome.assertion,
      };
      const enter = () => enterWith(store, login, ground.organizationIssuers, request.previousToken, context);
      // Two first logins of one person may meet (two tabs): the second one finds the identity that the first one made.
      return enter().catch((error: unknown) => {
        if (violatesUnique(error, "identities") || violatesUnique(error, "oidc_credentials")) return enter();
        throw error;
      });
    },
  };

  /** Records a refusal and uses the transaction up, unless it had been used before: then that is the refusal. */
  function refuseUnused(
    transaction: Transaction,
    reason: LoginRefusalReason,
    context: RequestContext,
    detail?: string,
  ): Promise<LoginRefused> {
    const consumption = storeOf(transaction.projectId).consumption(transaction);
    return refuseUsed(transaction, reason, context, detail, [consumption]).catch((error: unknown) => {
      if (!violatesUnique(error, "consumed_transactions")) throw error;
      return refused("transaction_used", context.requestId, { returnTo: transaction.returnTo });
    });
  }

  function refuseUsed(
    transaction: Transaction,
    reason: LoginRefusalReason,
    context: RequestContext,
    detail?: string,
    writes: readonly Write[] = [],
    identityId?: string,
  ): Promise<LoginRefused> {
    return refuse(runtime, {
      type: "login.refused",
      projectId: transaction.projectId,
      reason,
      context,
      about: {
        organizationId: transaction.organizationId,
        connectionId: transaction.connectionId,
        identityId: identityId ?? null,
      },
      ...(detail === undefined ? {} : { detail }),
      with: writes,
      returnTo: transaction.returnTo,
    });
  }

  /** Admission, linking, and the one batch that makes identity, link, session and audit event, or nothing. */
  async function enterWith(
    store: Store,
    login: SsoLogin,
    organizationIssuers: readonly string[],
    previousToken: string | undefined,
    context: RequestContext,
  ): Promise<LoggedIn | LoginRefused> {
    const { project, transaction, connection, organization, assertion } = login;
    const parsed = assertion.email === undefined ? undefined : parseEmailAddress(assertion.email);
    const address = parsed?.ok ? parsed.address : undefined;
    const key = { organizationId: connection.organizationId, issuer: assertion.issuer, subject: assertion.subject };
    const facts = await store.linkingFacts(key, address?.canonical ?? "", address?.domain ?? "");

    const admission = admit({
      door: connection.organizationId === null ? "social_sign_in" : "organization_sso",
      domainOwner: activeOwner(facts.domain),
      organization,
      connection,
      email: { present: assertion.email !== undefined, valid: address !== undefined, verified: assertion.emailVerified },
    });
    if (!admission.admit) return refuseUsed(transaction, admission.reason, context);
    const linking = link({ ...facts, organizationId: connection.organizationId, issuer: assertion.issuer, organizationIssuers });
    if (linking.action === "refuse")
      return refuseUsed(transaction, linking.reason, context, undefined, [], facts.byCredential?.id ?? facts.byEmail?.id);

    const now = runtime.clock();
    const { identity, writes } = carryOut(store, login, linking, address, key, now);
    const grant = newSession(
      {
        projectId: project.id,
        identityId: identity.id,
        method: {
          method: "oidc",
          provider: connection.id,
          ...(organization ? { organization: organization.id } : {}),
          ...(assertion.acr === undefined ? {} : { upstream_acr: assertion.acr }),
          ...(assertion.amr.length === 0 ? {} : { upstream_amr: assertion.amr }),
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
    const about = { organizationId: connection.organizationId, connectionId: connection.id, identityId: identity.id };
    const movedIn =
      linking.action === "move_in" && organization ? { organizationId: organization.id, label: organization.label } : undefined;
    try {
      await runtime
        .databaseFor(project.id)
        .commit([
          ...writes,
          ...endPrevious(store, previousToken),
          store.createSession(grant.session, grant.hash, identity.emailDomain),
          ...(connection.pinnedTokenEndpoint === null ? [store.pinTokenEndpoint(connection, assertion.tokenEndpoint)] : []),
          ...(movedIn ? [event({ type: "identity.joined_organization", ...about })] : []),
          event({ type: "login.succeeded", ...about, details: { method: "oidc", identity: linking.action } }),
        ]);
    } catch (error) {
      // The ground moved between reading and committing: nothing was stored (T58).
      if (error instanceof ConstraintViolation && error.kind !== "unique")
        return refuseUsed(transaction, "connection_changed", context);
      throw error;
    }
    return {
      ok: true,
      identity,
      session: grant.session,
      token: grant.token,
      returnTo: transaction.returnTo,
      ...(movedIn ? { joinedOrganization: movedIn } : {}),
    };

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

function alreadyUsed(error: unknown): undefined {
  if (violatesUnique(error, "consumed_transactions")) return undefined;
  throw error;
}
