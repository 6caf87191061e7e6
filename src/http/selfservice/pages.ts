// The hosted pages: /login and /registration show a flow, / shows whose session this is, /error says what went wrong.

import { Hono } from "hono";
import { sha256 } from "../../crypto/digest.ts";
import { referenceOf } from "../../domain/events/reference.ts";
import type { FlowKind, FlowProgress } from "../../domain/flows/flow.ts";
import { flowExpired } from "../../domain/flows/messages.ts";
import { stepMessages } from "../../domain/flows/step.ts";
import { brandOf } from "../../views/brand.ts";
import { errorPage } from "../../views/pages/error.tsx";
import { flowPage } from "../../views/pages/flow.tsx";
import type { AppContext, AppEnv } from "../context.ts";
import { CSRF_COOKIE, readCookie } from "../cookies.ts";
import { formPagePolicy } from "../middleware/page-policy.ts";
import { suspendedTarget } from "../provider/suspended.ts";
import { showAccount } from "./account.ts";
import { hasSession } from "./flow-door.ts";
import type { FlowView } from "./flow-wire.ts";
import { beginFlow, type FlowHandle, lookUpFlow, readProgress, renewFlow, returnTargetOf, viewFlow } from "./flows.ts";

export const pagesDoor = new Hono<AppEnv>();

pagesDoor.get("/login", (c) => showFlow(c, "login"));
pagesDoor.get("/registration", (c) => showFlow(c, "registration"));
pagesDoor.get("/", (c) => showAccount(c));
pagesDoor.get("/error", (c) => {
  const reference = referenceOf(c.get("requestId"));
  return c.html(errorPage({ status: 400, reason: "error", reference, brand: brandOf(c.get("project"), c.get("mount")) }));
});

async function showFlow(c: AppContext, kind: FlowKind): Promise<Response> {
  const { handle, progress } = await openOrBegin(c, kind);
  if (c.req.query("refresh") !== "true" && (await hasSession(c))) return c.redirect(returnTargetOf(c, handle.flow), 303);
  const change = c.req.query("change") !== undefined;
  const view = await viewFlow(c, handle, change ? { ...progress, messages: [] } : progress, { change });
  formPagePolicy(c, { mayEndAtProvider: true, mayEndAt: await suspendedTarget(c, handle.flow.returnTo) });
  return c.html(render(c, view));
}

/** The flow of the address bar; a fresh one that wants the same when it has expired or is another browser's. */
async function openOrBegin(c: AppContext, kind: FlowKind): Promise<{ handle: FlowHandle; progress: FlowProgress }> {
  const id = c.req.query("flow");
  const hint = c.req.query("login_hint")?.slice(0, 320);
  const hinted: FlowProgress = hint ? { identifier: hint, messages: [] } : { messages: [] };
  if (id === undefined) return { handle: await beginFlow(c, kind, "browser"), progress: hinted };
  const found = await lookUpFlow(c, kind, id);
  const late: FlowProgress = { messages: [flowExpired(kind)] };
  if (!found) return { handle: await beginFlow(c, kind, "browser"), progress: late };
  const cookie = readCookie(c, CSRF_COOKIE);
  const own = cookie !== undefined && found.flow.browser === sha256(cookie);
  if (found.expired || !own) return { handle: await renewFlow(c, { ...found.flow, type: "browser" }), progress: late };
  const progress = await readProgress(c, found.flow);
  return {
    handle: found,
    progress: progress.identifier === undefined && hint ? { ...progress, ...hinted, messages: progress.messages } : progress,
  };
}

function render(c: AppContext, { id, flow, progress, step, csrf }: FlowView) {
  const project = c.get("project");
  const base = c.get("mount");
  const { kind, returnTo } = flow;
  const query = returnTo === null ? "" : `?return_to=${encodeURIComponent(returnTo)}`;
  const pinned = flow.organizationId !== null;
  return flowPage({
    kind,
    brand: brandOf(project, c.get("mount")),
    base,
    action: `${base}/self-service/${kind}?flow=${id}`,
    csrf,
    step,
    identifier: progress.identifier ?? "",
    name: progress.name ?? "",
    messages: [...stepMessages(step), ...progress.messages],
    changeHref: pinned ? `${base}/${kind}${query}` : `${base}/${kind}?flow=${id}&change=1`,
    otherHref:
      kind === "registration" ? `${base}/login${query}` : project.registration ? `${base}/registration${query}` : undefined,
  });
}
