// Logging out: by a link with the session's own token, by the hosted form, or by a native client with its session token.
// A link without that token never ends a session (T82).

import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DomainError } from "../../domain/errors.ts";
import { brandOf } from "../../views/brand.ts";
import { logoutPage } from "../../views/pages/logout.tsx";
import type { AppContext, AppEnv } from "../context.ts";
import { clearSessionCookie, sessionCredentialOf } from "../cookies.ts";
import { wantsPage } from "../errors.ts";
import { readJson } from "../json-body.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { formPagePolicy } from "../middleware/page-policy.ts";
import { baseOf, requireReturnTarget } from "../return-target.ts";
import { csrfViolation, requireSameOrigin, requireSession } from "./session-guard.ts";

const FORM_MAX_BYTES = 16 * 1024;

export const logoutDoor = new Hono<AppEnv>();

/** Makes the link that logs this browser out. */
logoutDoor.get("/self-service/logout/browser", async (c) => {
  const returnTo = c.req.query("return_to");
  if (returnTo !== undefined) requireReturnTarget(c, returnTo);
  const { token, identity } = await requireSession(c);
  const logoutToken = c.get("services").sessions.logoutToken(identity.projectId, token) ?? "";
  const url = new URL(`${baseOf(c)}/self-service/logout`);
  url.searchParams.set("token", logoutToken);
  if (returnTo !== undefined) url.searchParams.set("return_to", returnTo);
  return c.json({ logout_url: url.href, logout_token: logoutToken });
});

logoutDoor.get("/self-service/logout", async (c) => {
  onlyGet(c);
  const returnTo = c.req.query("return_to");
  return await logOut(c, { token: c.req.query("token") ?? "", returnTo });
});

/** The form of the confirmation and account pages. */
logoutDoor.post("/self-service/logout", bodyLimit({ maxSize: FORM_MAX_BYTES, onError: tooLarge }), async (c) => {
  requireSameOrigin(c);
  const form = await c.req.parseBody();
  const field = (name: string) => (typeof form[name] === "string" ? form[name] : undefined);
  return await logOut(c, { token: field("token") ?? "", returnTo: field("return_to") });
});

/** Native clients: the session token in the body is the proof; cookies are not read. */
logoutDoor.delete("/self-service/logout/api", async (c) => {
  const body = await readJson(c);
  const token = typeof body === "object" && body !== null && "session_token" in body ? body.session_token : undefined;
  const { sessions } = c.get("services");
  const known = typeof token === "string" && (await sessions.revokeByToken(c.get("project").id, token, c.get("requestContext")));
  if (!known) {
    throw new DomainError({
      kind: "forbidden",
      code: "session_token_invalid",
      message: "session_token is missing, or it is not a session token of ours.",
    });
  }
  return c.body(null, 204);
});

/** Ends the session that the request presents if `token` belongs to it. Without a session there is nothing left to do. */
async function logOut(c: Context<AppEnv>, request: { token: string; returnTo: string | undefined }): Promise<Response> {
  const target = requireReturnTarget(c, request.returnTo);
  const credential = sessionCredentialOf(c);
  const sessionToken = credential?.token;
  const { sessions } = c.get("services");
  const projectId = c.get("project").id;
  const expected = sessionToken === undefined ? undefined : sessions.logoutToken(projectId, sessionToken);
  if (sessionToken !== undefined && expected !== undefined) {
    if (!sessions.isLogoutToken(projectId, sessionToken, request.token)) return askFirst(c, expected, request.returnTo);
    await sessions.revokeByToken(projectId, sessionToken, c.get("requestContext"));
  }
  if (credential?.via === "cookie") clearSessionCookie(c);
  return wantsPage(c) ? c.redirect(target, 303) : c.body(null, 204);
}

function tooLarge(): never {
  throw new DomainError({ kind: "too_large", code: "body_too_large", message: "The form is too large." });
}

function askFirst(c: AppContext, token: string, returnTo: string | undefined): Response | Promise<Response> {
  if (!wantsPage(c)) throw csrfViolation();
  // The form may lead to an allowed return target elsewhere.
  formPagePolicy(c, { mayEndAtProvider: true });
  return c.html(logoutPage({ brand: brandOf(c.get("project"), c.get("mount")), base: c.get("mount"), token, returnTo }));
}
