// Logout begun by an app (OpenID Connect RP-Initiated Logout 1.0). The library has checked who asks and where it may lead;
// here our session ends: at once when an ID token of it proves that its app asks, otherwise when the person says so.

import type { ClaimsSource } from "../../domain/provider/claims.ts";
import { brandOf } from "../../views/brand.ts";
import { appLogoutPage, signedOutPage } from "../../views/pages/app-logout.tsx";
import type { AppContext } from "../context.ts";
import { clearSessionCookie, readCookie, sessionCookie } from "../cookies.ts";
import { readText } from "../json-body.ts";
import { formPagePolicy, formTarget } from "../middleware/page-policy.ts";
import { csrfViolation, requireSameOrigin } from "../selfservice/session-guard.ts";
import type { LogoutRequest } from "./request.ts";

const MAX_BYTES = 16 * 1024;
/** Milliseconds that the question may stand. */
const QUESTION_LIFESPAN_MS = 3_600_000;

/**
 * Ends the session that a genuine ID token names, and the browser's when it is the same person's. A session that nobody has
 * vouched for ends only by the person's own hand, so that no link can sign anybody out (T82).
 */
export async function endSession(c: AppContext, logout: LogoutRequest, session: ClaimsSource | undefined): Promise<Response> {
  const { sessions } = c.get("services");
  const projectId = c.get("project").id;
  const { hint } = logout;
  const hinted = hint && (await sessions.logOut(projectId, hint.sessionId, c.get("requestContext")));
  if (session && session.session.id !== hint?.sessionId) {
    const person = hinted?.id ?? hint?.subject;
    if (person !== session.identity.id) return ask(c, logout);
    await sessions.logOut(projectId, session.session.id, c.get("requestContext"));
  }
  if (readCookie(c, sessionCookie(c)) !== undefined) clearSessionCookie(c);
  return leave(c, logout.returnTo);
}

/** The answer to the question. */
export async function logoutConfirmed(c: AppContext): Promise<Response> {
  requireSameOrigin(c);
  const form = new URLSearchParams(await readText(c.req.raw, MAX_BYTES));
  const { sessions, runtime } = c.get("services");
  const projectId = c.get("project").id;
  const text = await runtime.sealer.open(purpose(projectId), form.get("request") ?? "");
  const question = text === undefined ? undefined : (await import("./sealed.ts")).LogoutQuestion.safeParse(JSON.parse(text)).data;
  if (!question || runtime.clock() >= question.expiresAt) throw csrfViolation();
  const token = readCookie(c, sessionCookie(c));
  if (token !== undefined) {
    if (!sessions.isLogoutToken(projectId, token, form.get("token") ?? "")) throw csrfViolation();
    await sessions.revokeByToken(projectId, token, c.get("requestContext"));
    clearSessionCookie(c);
  }
  return leave(c, question.returnTo ?? undefined);
}

async function ask(c: AppContext, { clientName, returnTo }: LogoutRequest): Promise<Response> {
  const { sessions, runtime } = c.get("services");
  const { id } = c.get("project");
  const question = { returnTo: returnTo ?? null, expiresAt: runtime.clock() + QUESTION_LIFESPAN_MS };
  const request = await runtime.sealer.seal(purpose(id), JSON.stringify(question));
  const token = sessions.logoutToken(id, readCookie(c, sessionCookie(c)) ?? "") ?? "";
  formPagePolicy(c, { mayEndAtProvider: true, mayEndAt: returnTo === undefined ? undefined : formTarget(returnTo) });
  c.header("Cache-Control", "no-store");
  return c.html(appLogoutPage({ brand: brandOf(c.get("project"), c.get("mount")), app: clientName, request, token }));
}

/** Back to the app, or a page that says that it is over. */
function leave(c: AppContext, returnTo: string | undefined): Response | Promise<Response> {
  c.header("Cache-Control", "no-store");
  return returnTo === undefined
    ? c.html(signedOutPage({ brand: brandOf(c.get("project"), c.get("mount")) }))
    : c.redirect(returnTo, 303);
}

function purpose(projectId: string): string {
  return `app-logout/${projectId}`;
}
