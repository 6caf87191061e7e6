// The callback of a connection: hands what came back to the login room and answers with a session or a calm page, or, when
// an operator tried the connection, with what was found. The answer to a success is a 303 to the stored return target, so that
// no code or state stays in the history (T18, T19).

import type { LoggedIn } from "../../domain/login/login.ts";
import { transactionCookieName } from "../../domain/login/transaction.ts";
import { withReturnToCode } from "../../domain/session-exchange/exchange.ts";
import { trialPage } from "../../views/pages/trial.tsx";
import { type AppContext, urlOf } from "../context.ts";
import {
  clearHostCookie,
  type HostCookie,
  NOTICE_COOKIE,
  newSessionCookie,
  readCookies,
  sessionCredentialOf,
} from "../cookies.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { completeRedirect } from "../security-headers.ts";
import { refusedResponse } from "./refused.ts";

/** Seconds for which the account page may still tell that the account has moved into an organization. */
const NOTICE_MAX_AGE = 300;

export async function callback(c: AppContext): Promise<Response> {
  onlyGet(c);
  const params = urlOf(c).searchParams;
  const state = params.get("state");
  const cookie = state ? transactionCookieName(state) : undefined;
  const previous = sessionCredentialOf(c);
  const outcome = await c.get("services").login.finishSso(
    c.get("project"),
    {
      connectionId: c.req.param("connectionId") ?? "",
      organizationId: c.req.param("organizationId") ?? null,
      params,
      sealed: cookie && readCookies(c)[cookie],
      ...(previous ? { previousToken: previous.token } : {}),
    },
    c.get("requestContext"),
  );
  // Used or not to be used: in both cases the browser has no more need of it. A store that could not answer has thrown
  // before this line, and the same callback can be tried again.
  const used = cookie === undefined ? [] : [{ name: cookie, value: "", maxAge: 0 }];
  if (outcome.ok && !("trial" in outcome)) return completeRedirect(c, ...entry(c, outcome, used));
  for (const { name } of used) clearHostCookie(c, name);
  return outcome.ok ? await c.html(trialPage(outcome.trial)) : refusedResponse(c, outcome);
}

/** Where to, and with which cookies: the session's is the browser's own unless the session is for an app. */
function entry(c: AppContext, login: LoggedIn, used: HostCookie[]): [location: string, ...cookies: HostCookie[]] {
  const { returnTo, returnToCode, joinedOrganization, token, session } = login;
  if (returnToCode !== undefined) return [withReturnToCode(returnTo, returnToCode), ...used];
  const notice = { name: NOTICE_COOKIE, value: "joined_organization", maxAge: NOTICE_MAX_AGE };
  return [returnTo, ...used, newSessionCookie(c, token, session.expiresAt), ...(joinedOrganization ? [notice] : [])];
}
