// GET and POST /console/invitations/{token}: whoever has the link of an invitation becomes an operator, once.
//
// The path is a secret. `Referrer-Policy: same-origin` keeps it on this host: the page loads nothing from elsewhere, and
// under `no-referrer` browsers would hide the origin of its form (src/http/middleware/page-policy.ts).

import { Hono } from "hono";
import { DomainError, notFound } from "../../../domain/errors.ts";
import { refusalMessage } from "../../../domain/flows/messages.ts";
import type { Identity } from "../../../domain/identities/identity.ts";
import type { OpenInvitation } from "../../../domain/operators/invitations.ts";
import type { PageMessage } from "../../../views/components/form.tsx";
import { invitationGonePage, invitationPage } from "../../../views/console/pages/operators/invitation.tsx";
import { refusalSentence } from "../../../views/refusal-sentences.ts";
import type { AppContext, AppEnv } from "../../context.ts";
import { readCookie, sessionCookie, setSessionCookie } from "../../cookies.ts";
import { wantsPage } from "../../errors.ts";
import { requireOwnOrigin } from "../../middleware/csrf.ts";
import { formPagePolicy } from "../../middleware/page-policy.ts";
import { CONSOLE_MOUNT } from "../../middleware/project.ts";
import { type ConsoleForm, readSmallForm } from "../form.ts";
import { done } from "../page.ts";
import { invitationPath } from "./links.ts";

export const invitationDoor = new Hono<AppEnv>();

invitationDoor.get("/invitations/:token", async (c) => {
  const open = await c.get("services").operators.openInvitation(c.req.param("token"));
  return open ? show(c, open, await visitor(c), { name: "", messages: [], status: 200 }) : gone(c);
});

invitationDoor.post("/invitations/:token", async (c) => {
  requireOwnOrigin(c);
  const { operators } = c.get("services");
  const token = c.req.param("token");
  const form = await readSmallForm(c);
  const open = await operators.openInvitation(token);
  if (!open) return gone(c);
  const person = await visitor(c);
  try {
    if (person) {
      const { projectId } = await operators.accept(token, person.identity, c.get("requestContext"));
      return joined(c, open, projectId);
    }
    return await join(c, open, token, form);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.kind === "not_found") return gone(c);
    if (error.kind === "forbidden") return show(c, open, person, { name: "", messages: [], status: 403 });
    if (error.kind !== "unacceptable") throw error;
    const messages = error.fields.map(({ field, message }): PageMessage => ({ field, text: message, type: "error" }));
    return show(c, open, undefined, { name: form.text("name"), messages, status: 422 });
  }
});

/** A new person, by the rules of registration. */
async function join(c: AppContext, open: OpenInvitation, token: string, form: ConsoleForm): Promise<Response> {
  const name = form.text("name");
  const person = { name, password: form.secret("password") };
  const outcome = await c.get("services").operators.join(token, person, c.get("requestContext"));
  if (outcome.ok) {
    setSessionCookie(c, outcome.token, outcome.session.expiresAt);
    return joined(c, open, open.invitation.projectId);
  }
  if (outcome.reason === "invitation_used") return gone(c);
  // Somebody has made the account, or an organization has taken the domain, since the page was opened.
  const again = outcome.reason === "email_taken" || outcome.reason === "sso_required";
  const { title, sentence } = refusalSentence(outcome.reason);
  const field = outcome.reason.startsWith("password_") ? { field: "password" } : {};
  const text = refusalMessage(outcome.reason, "registration")?.text ?? `${title}. ${sentence}`;
  const messages: PageMessage[] = [{ text, type: "error", ...field }];
  const status = outcome.reason === "too_many_attempts" ? 429 : 422;
  return show(c, again ? { ...open, way: "sign_in" } : open, undefined, { name, messages, status });
}

function joined(c: AppContext, open: OpenInvitation, projectId: string): Response {
  const path = open.everywhere ? CONSOLE_MOUNT : `${CONSOLE_MOUNT}/projects/${projectId}`;
  return done(
    c,
    path,
    `Welcome. You are ${open.invitation.role} of ${open.everywhere ? "every project" : open.projectName} now.`,
  );
}

/** Whoever is signed in at the console in this browser, with or without access to anything. */
async function visitor(c: AppContext): Promise<{ identity: Identity; logoutToken: string } | undefined> {
  const { sessions } = c.get("services");
  const homeId = c.get("project").id;
  const token = readCookie(c, sessionCookie(c));
  const found = token === undefined ? undefined : await sessions.authenticate(homeId, token);
  if (!token || !found?.ok) return undefined;
  return { identity: found.identity, logoutToken: sessions.logoutToken(homeId, token) ?? "" };
}

function show(
  c: AppContext,
  open: OpenInvitation,
  person: Awaited<ReturnType<typeof visitor>>,
  { name, messages, status }: { name: string; messages: readonly PageMessage[]; status: 200 | 403 | 422 | 429 },
): Response | Promise<Response> {
  formPagePolicy(c, { mayEndAtProvider: false });
  const signedIn = person && { email: person.identity.email ?? "", logoutToken: person.logoutToken };
  const path = invitationPath(c.req.param("token") ?? "");
  return c.html(invitationPage({ open, path, signedIn, values: { name }, messages }), status);
}

function gone(c: AppContext): Response | Promise<Response> {
  if (!wantsPage(c)) throw notFound("invitation");
  return c.html(invitationGonePage(), 404);
}
