// GET /sso/try?ticket=: begins the trial of a connection in the operator's browser, on the host where the connection's callback
// is. The ticket says which connection and who asked; no session is looked at, and none comes of it.

import { trialPage } from "../../views/pages/trial.tsx";
import type { AppContext } from "../context.ts";
import { setHostCookie } from "../cookies.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { relieveTransactionCookies } from "./transaction-cookies.ts";

export async function tryConnection(c: AppContext): Promise<Response> {
  onlyGet(c);
  const ticket = c.req.query("ticket") ?? "";
  const started = await c.get("services").login.startTrial(c.get("project"), ticket, c.get("requestContext"));
  if ("trial" in started) return await c.html(trialPage(started.trial));
  relieveTransactionCookies(c);
  setHostCookie(c, started.cookie.name, started.cookie.value, started.cookie.maxAge);
  return c.redirect(started.location.href, 303);
}
