// Handing a session over to the native app that asked for it.

import { equalSecrets, sha256 } from "../../crypto/digest.ts";
import { newId } from "../../crypto/random.ts";
import { newSessionToken } from "../../crypto/tokens.ts";
import type { Runtime } from "../../services.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import { exchangeUse, exchangeWaits, findExchange } from "../../storage/session-exchanges.ts";
import { DomainError, notFound } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import type { Identity } from "../identities/identity.ts";
import type { SessionService } from "../sessions/service.ts";
import type { Session } from "../sessions/session.ts";

export interface SessionExchangeService {
  /**
   * The session of both codes, with a token that nobody has had before: the one of the login was never given to anybody.
   * Of any number of callers one gets it. A right return_to_code with a wrong init_code uses nothing up, because the address
   * it stood in may have been seen.
   * @throws {DomainError} `not_found`; `session_token_exchange_expired`; `session_inactive` when the session has lost its
   *   ground meanwhile
   */
  exchange(
    projectId: string,
    codes: { initCode: string; returnToCode: string },
    context: RequestContext,
  ): Promise<{ token: string; session: Session; identity: Identity }>;
}

export function createSessionExchangeService(runtime: Runtime, sessions: SessionService): SessionExchangeService {
  const { clock, databaseFor } = runtime;
  return {
    async exchange(projectId, { initCode, returnToCode }, context) {
      const db = databaseFor(projectId);
      const exchange = await findExchange(db, projectId, sha256(returnToCode));
      if (!exchange || !equalSecrets(exchange.initCodeHash, sha256(initCode))) throw unknownExchange();
      const now = clock();
      if (now >= exchange.expiresAt) throw exchangeExpired();
      const { session, identity, refusal } = await sessions.get(projectId, exchange.sessionId);
      if (refusal) throw sessionInactive();

      const { token, hash } = newSessionToken(session.id);
      const event = {
        type: "session.token_exchanged" as const,
        identityId: identity.id,
        organizationId: session.organizationId,
        connectionId: session.connectionId,
        details: { session_id: session.id },
      };
      const asOwner: RequestContext = { ...context, actor: { type: "identity", id: identity.id } };
      const used = await commitIf(db, projectId, exchangeWaits(exchange), [
        ...exchangeUse(db, exchange, hash),
        eventInsert(db, projectId, event, asOwner, newId(now), now),
      ]);
      if (!used) throw unknownExchange();
      return { token, session, identity };
    },
  };
}

function unknownExchange(): DomainError {
  return notFound("session token exchange");
}

function exchangeExpired(): DomainError {
  return new DomainError({
    kind: "gone",
    code: "session_token_exchange_expired",
    message: "The app took too long to fetch its session. Sign in again.",
  });
}

function sessionInactive(): DomainError {
  return new DomainError({
    kind: "unauthenticated",
    code: "session_inactive",
    message: "The session of this exchange may not be used any more.",
  });
}
