// What goes out at the end of a flow's request, in the three dialects of its clients (Ory's results table):
//
//                       success                              next step or refusal   an identity provider is needed
//   browser, form       303 to the return target + cookie    303 to the same flow   303 to the provider
//   browser, JSON       200 session + cookie                 400 the flow           422 redirect_browser_to
//   api                 200 session + session_token          400 the flow           422 redirect_browser_to

import { DomainError } from "../../domain/errors.ts";
import type { Flow, FlowKind } from "../../domain/flows/flow.ts";
import { flowExpired } from "../../domain/flows/messages.ts";
import type { LoggedIn } from "../../domain/login/login.ts";
import type { AppContext } from "../context.ts";
import { setSessionCookie } from "../cookies.ts";
import { errorEnvelope } from "../errors.ts";
import { originOf } from "../return-target.ts";
import { identityToWire, timestamp } from "../wire/identity.ts";
import { sessionToWire } from "../wire/session.ts";
import { type FlowView, flowToWire } from "./flow-wire.ts";
import { type FlowHandle, forgetProgress, keepProgress, renewFlow } from "./flows.ts";

/** Path of the hosted page that shows a flow. */
export function pageOf(c: AppContext, kind: FlowKind, flowId: string): string {
  return `${c.get("mount")}/${kind}?flow=${flowId}`;
}

/** The person is in. */
export function loggedIn(c: AppContext, flow: Flow, isForm: boolean, outcome: LoggedIn): Response {
  const { identity, session, token, returnTo } = outcome;
  const origin = originOf(c);
  const body = {
    ...(flow.kind === "registration" ? { identity: identityToWire(identity, origin) } : {}),
    session: sessionToWire(session, identity, origin),
  };
  if (flow.type === "api") return c.json({ ...body, session_token: token, continue_with: [] });
  setSessionCookie(c, token, session.expiresAt);
  forgetProgress(c);
  if (isForm) return c.redirect(returnTo, 303);
  return c.json({ ...body, continue_with: [{ action: "redirect_browser_to", redirect_browser_to: returnTo }] });
}

/** The flow goes on, or says why it does not. */
export async function nextStep(c: AppContext, view: FlowView, isForm: boolean): Promise<Response> {
  await keepProgress(c, view.flow, view.progress);
  if (isForm && view.flow.type === "browser") return c.redirect(pageOf(c, view.flow.kind, view.id), 303);
  return c.json(flowToWire(view), 400);
}

/** A program has to open a browser: at our own start, which gives that browser its transaction cookie. */
export function browserNeeded(c: AppContext, start: URL): Response {
  const error = new DomainError({
    kind: "unacceptable",
    code: "browser_location_change_required",
    message: "In order to complete this flow please redirect the browser to: redirect_browser_to",
  });
  return c.json({ ...errorEnvelope(error, c.get("requestId")), redirect_browser_to: start.href }, 422);
}

/** The flow was open for too long; a fresh one that wants the same takes its place. */
export async function expired(c: AppContext, { flow }: FlowHandle, isForm: boolean): Promise<Response> {
  const fresh = await renewFlow(c, flow);
  if (isForm && flow.type === "browser") {
    await keepProgress(c, fresh.flow, { messages: [flowExpired(flow.kind)] });
    return c.redirect(pageOf(c, flow.kind, fresh.id), 303);
  }
  const error = new DomainError({
    kind: "gone",
    code: "self_service_flow_expired",
    message: "The flow has expired. Continue with the flow use_flow_id, or begin a new one.",
  });
  const since = c.get("services").runtime.clock() - flow.expiresAt;
  return c.json(
    {
      ...errorEnvelope(error, c.get("requestId")),
      use_flow_id: fresh.id,
      expired_at: timestamp(flow.expiresAt),
      since: since * 1_000_000,
    },
    410,
  );
}
