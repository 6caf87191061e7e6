// GET and POST /console/setup: the first operator, made once by whoever has the root key.

import { Hono, type MiddlewareHandler } from "hono";
import { DomainError, notFound } from "../../../domain/errors.ts";
import type { PageMessage } from "../../../views/components/form.tsx";
import { alreadySetUpPage, setupPage } from "../../../views/console/pages/operators/setup.tsx";
import type { AppContext, AppEnv } from "../../context.ts";
import { setSessionCookie } from "../../cookies.ts";
import { wantsPage } from "../../errors.ts";
import { requireOwnOrigin } from "../../middleware/csrf.ts";
import { formPagePolicy } from "../../middleware/page-policy.ts";
import { CONSOLE_MOUNT, SETUP_PATH } from "../../middleware/project.ts";
import { shield } from "../../middleware/shield.ts";
import { type ConsoleForm, readSmallForm } from "../form.ts";

export const setupDoor = new Hono<AppEnv>();

const PATH = SETUP_PATH.slice(CONSOLE_MOUNT.length);

// It stands before the console project is asked for, so it says itself where it is.
const here: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("mount", CONSOLE_MOUNT);
  await next();
};

setupDoor.use(PATH, here, shield, async (c, next) => {
  formPagePolicy(c, { mayEndAtProvider: false });
  if (c.req.method === "GET" || c.req.method === "HEAD" || c.req.method === "POST") {
    if (await c.get("services").operators.isSetUp()) {
      if (!wantsPage(c)) throw notFound("page");
      return c.html(alreadySetUpPage(), 404);
    }
  }
  await next();
});

setupDoor.get(PATH, (c) => c.html(setupPage({ values: { email: "", name: "" }, messages: [] })));

setupDoor.post(PATH, async (c) => {
  requireOwnOrigin(c);
  const form = await readSmallForm(c);
  const fields = {
    rootKey: form.secret("root_key").trim(),
    email: form.text("email"),
    name: form.text("name"),
    password: form.secret("password"),
  };
  try {
    const { session, token } = await c.get("services").operators.setUp(fields, c.get("requestContext"));
    setSessionCookie(c, token, session.expiresAt);
    return c.redirect(CONSOLE_MOUNT, 303);
  } catch (error) {
    if (error instanceof DomainError) return refused(c, form, error);
    throw error;
  }
});

/** The page again, with what was typed but the secrets. */
function refused(c: AppContext, form: ConsoleForm, error: DomainError): Response | Promise<Response> {
  if (error.code === "already_set_up") return c.html(alreadySetUpPage(), 409);
  const status = { unacceptable: 422, conflict: 409, rate_limited: 429 } as const;
  if (!(error.kind in status)) throw error;
  if (error.retryAfter !== undefined) c.header("Retry-After", String(error.retryAfter));
  const general: PageMessage[] = [{ text: error.message, type: "error" }];
  const messages = error.fields.map(({ field, message }): PageMessage => ({ field, text: message, type: "error" }));
  const page = setupPage({
    values: { email: form.text("email"), name: form.text("name") },
    messages: messages.length > 0 ? messages : general,
  });
  return c.html(page, status[error.kind as keyof typeof status]);
}
