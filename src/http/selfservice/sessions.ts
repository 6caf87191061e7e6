// Who am I, and where else am I signed in: Ory's /sessions endpoints, for the person a session belongs to.

import { Hono } from "hono";
import { DomainError, unacceptable } from "../../domain/errors.ts";
import type { AppEnv } from "../context.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { originOf } from "../return-target.ts";
import { completeJson } from "../security-headers.ts";
import { linkPages, readLinkedPage } from "../wire/page.ts";
import { sessionToWire, sessionWithoutIdentity } from "../wire/session.ts";
import { requireSession } from "./session-guard.ts";

const LIST = "my-sessions";

export const sessionsDoor = new Hono<AppEnv>();

sessionsDoor.get("/sessions/whoami", async (c) => {
  const { session, identity } = await requireSession(c);
  const wire = sessionToWire(session, identity, originOf(c));
  const who = { "X-Kratos-Authenticated-Identity-Id": identity.id };
  const template = c.req.query("tokenize_as");
  if (!template) return completeJson(c, wire, who);
  const tokenized = await c.get("services").sessionTokens.tokenize(c.get("project"), template, session, identity);
  return completeJson(c, { ...wire, tokenized }, who);
});

/** A native app fetches the session that a browser has begun for it. */
sessionsDoor.get("/sessions/token-exchange", async (c) => {
  onlyGet(c);
  const [initCode = "", returnToCode = ""] = [c.req.query("init_code"), c.req.query("return_to_code")];
  const missing = Object.entries({ init_code: initCode, return_to_code: returnToCode }).filter(([, code]) => code === "");
  if (missing.length > 0) {
    throw unacceptable(missing.map(([field]) => ({ field, code: "required", message: "This parameter is required." })));
  }
  const { sessionExchange } = c.get("services");
  const codes = { initCode, returnToCode };
  const { token, session, identity } = await sessionExchange.exchange(c.get("project").id, codes, c.get("requestContext"));
  return c.json({ session_token: token, session: sessionToWire(session, identity, originOf(c)), continue_with: [] });
});

/** The person's other sessions that may still be used. */
sessionsDoor.get("/sessions", async (c) => {
  const { session, identity } = await requireSession(c);
  const page = { ...readLinkedPage(c, LIST), identityId: identity.id };
  const list = await c.get("services").sessions.list(identity.projectId, page);
  linkPages(c, LIST, list.next);
  const others = list.items.filter((other) => other.refusal === undefined && other.session.id !== session.id);
  return c.json(others.map((other) => sessionWithoutIdentity(other.session)));
});

sessionsDoor.delete("/sessions", async (c) => {
  const { session, identity, context } = await requireSession(c);
  const count = await c.get("services").sessions.revokeOthers(identity.projectId, identity.id, session.id, context);
  return c.json({ count });
});

sessionsDoor.delete("/sessions/:id", async (c) => {
  const { session, identity, context } = await requireSession(c);
  const id = c.req.param("id");
  if (id === session.id) {
    throw new DomainError({
      kind: "invalid",
      code: "session_is_current",
      message: "This is the session you are using. End it by logging out.",
    });
  }
  await c.get("services").sessions.revoke(identity.projectId, identity.id, id, context);
  return c.body(null, 204);
});
