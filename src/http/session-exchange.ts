// The ticket with which a link says that the session it leads to is for a native app (src/domain/session-exchange).

import { DomainError } from "../domain/errors.ts";
import type { ForApp } from "../domain/login/login.ts";
import { openExchangeTicket } from "../domain/session-exchange/exchange.ts";
import type { AppContext } from "./context.ts";

/**
 * The exchange that the query's `exchange` asks for; nothing without it.
 * @param returnTo the validated return address of this request, for which the ticket must have been made
 * @throws {DomainError} `session_token_exchange_invalid`: the login would end in a browser that nobody meant it for
 */
export async function readExchange(c: AppContext, returnTo: string): Promise<ForApp> {
  const ticket = c.req.query("exchange");
  if (ticket === undefined) return {};
  const { sealer, clock } = c.get("services").runtime;
  const opened = await openExchangeTicket(sealer, c.get("project").id, ticket, returnTo, clock());
  if (opened) return { exchange: { ticket, initCodeHash: opened.initCodeHash } };
  throw new DomainError({
    kind: "invalid",
    code: "session_token_exchange_invalid",
    message: "This link is over, or was not made for this address. Begin again in the app.",
  });
}
