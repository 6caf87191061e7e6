// The callback of a connection: hands what came back to the login room and answers with a session or a calm page, or, when
// an operator tried the connection, with what was found. The
// answer to a success is a 303 to the stored return target, so that no code or state stays in the history (T18, T19).

import { transactionCookieName } from "../../domain/login/transaction.ts";
import { withReturnToCode } from "../../domain/session-exchange/exchange.ts";
import { trialPage } from "../../views/pages/trial.tsx";
import { type AppContext, urlOf } from "../context.ts";
import { clearHostCookie, NOTICE_COOKIE, readCookies, sessionCredentialOf, setHostCookie, setSessionCookie } from "../cookies.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { refusedResponse } from "./refused.ts";

/** Seconds for which the account page may still tell that the account has moved into an organization. */
const NOTICE_MAX_AGE = 300;

export async function callback(c: AppContext): Promise<Response> {
  onlyGet(c);
  const params = urlOf(c).searchParams;
  const previous = sessionCredentialOf(c);
  const outcome = await c.get("services").login.finishSso(
    c.get("project"),
    {
      connectionId: c.req.param("connectionId") ?? "",
      organizationId: c.req.param("organizationId") ?? null,
      params,
      cookies: readCookies(c),
      ...(previous ? { previousToken: previous.token } : {}),
    },
    c.get("requestContext"),
  );
  // Used or not to be used: in both cases the browser has no more need of it. A store that could not answer has thrown
  // before this line, and the same callback can be tried again.
  const state = params.get("state");
  if (state) clearHostCookie(c, transactionCookieName(state));
  if (!outcome.ok) return refusedResponse(c, outcome);
  if ("trial" in outcome) return await c.html(trialPage(outcome.trial));
  if (outcome.returnToCode !== undefined) return c.redirect(withReturnToCode(outcome.returnTo, outcome.returnToCode), 303);

  setSessionCookie(c, outcome.token, outcome.session.expiresAt);
  if (outcome.joinedOrganization) setHostCookie(c, NOTICE_COOKIE, "joined_organization", NOTICE_MAX_AGE);
  return c.redirect(outcome.returnTo, 303);
}
