// The flow API: begin, read and submit login and registration flows, as Ory's clients expect them.

import { type Context, Hono } from "hono";
import { DomainError } from "../../domain/errors.ts";
import { type FlowKind, NO_PROGRESS } from "../../domain/flows/flow.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { sessionTokenOf } from "../cookies.ts";
import { wantsPage } from "../errors.ts";
import { expired, pageOf } from "./flow-answers.ts";
import { submitFlow } from "./flow-submit.ts";
import { flowToWire } from "./flow-wire.ts";
import { beginFlow, findFlow, readProgress, returnTargetOf, viewFlow } from "./flows.ts";

export const flowDoor = new Hono<AppEnv>();

for (const kind of ["login", "registration"] as const) {
  flowDoor.get(`/self-service/${kind}/browser`, (c) => beginBrowserFlow(c, kind));
  flowDoor.get(`/self-service/${kind}/api`, (c) => beginApiFlow(c, kind));
  flowDoor.get(`/self-service/${kind}/flows`, (c) => readFlow(c, kind));
  flowDoor.post(`/self-service/${kind}`, (c) => submitFlow(c, kind));
}

async function beginBrowserFlow(c: AppContext, kind: FlowKind): Promise<Response> {
  const handle = await beginFlow(c, kind, "browser");
  if (c.req.query("refresh") !== "true" && (await hasSession(c))) {
    if (wantsPage(c)) return c.redirect(returnTargetOf(c, handle.flow), 303);
    throw sessionAvailable();
  }
  if (wantsPage(c)) return c.redirect(withHint(c, pageOf(c, kind, handle.id)), 303);
  return c.json(flowToWire(await viewFlow(c, handle, hint(c))));
}

async function beginApiFlow(c: AppContext, kind: FlowKind): Promise<Response> {
  if (c.req.query("refresh") !== "true" && (await hasSession(c))) throw sessionAvailable();
  const handle = await beginFlow(c, kind, "api");
  const wire = flowToWire(await viewFlow(c, handle, NO_PROGRESS));
  return c.json(handle.initCode === undefined ? wire : { ...wire, session_token_exchange_code: handle.initCode });
}

async function readFlow(c: Context<AppEnv>, kind: FlowKind): Promise<Response> {
  const handle = await findFlow(c, kind, c.req.query("id") ?? "");
  if (handle.expired) return expired(c, handle, false);
  return c.json(flowToWire(await viewFlow(c, handle, await readProgress(c, handle.flow))));
}

/**
 * Whether the request presents a session that may be used.
 * @throws {DomainError} `unavailable` when D1 cannot say
 */
export async function hasSession(c: AppContext): Promise<boolean> {
  const token = sessionTokenOf(c);
  return token !== undefined && (await c.get("services").sessions.authenticate(c.get("project").id, token)).ok;
}

/** An address that a link brought along, as if it had been typed. */
function hint(c: AppContext) {
  const identifier = c.req.query("login_hint");
  return identifier ? { identifier: identifier.slice(0, 320), messages: [] } : NO_PROGRESS;
}

function withHint(c: AppContext, path: string): string {
  const identifier = c.req.query("login_hint");
  return identifier ? `${path}&login_hint=${encodeURIComponent(identifier.slice(0, 320))}` : path;
}

function sessionAvailable(): DomainError {
  return new DomainError({
    kind: "invalid",
    code: "session_already_available",
    message: "A valid session was detected and thus login is not possible. Did you forget to set `?refresh=true`?",
  });
}
