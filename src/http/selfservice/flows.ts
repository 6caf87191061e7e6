// Begins, finds and shows flows: what the API, the submissions and the hosted pages have in common.

import { newId } from "../../crypto/random.ts";
import { parseEmailAddress } from "../../domain/domains/email-address.ts";
import { notFound } from "../../domain/errors.ts";
import {
  FLOW_LIFESPAN_MS,
  type Flow,
  type FlowKind,
  type FlowProgress,
  isExpired,
  NO_PROGRESS,
} from "../../domain/flows/flow.ts";
import { openFlow, openProgress, sealFlow, sealProgress } from "../../domain/flows/seal.ts";
import { type Step, stepOf } from "../../domain/flows/step.ts";
import type { RoutingDecision } from "../../domain/login/routing.ts";
import { newInitCode } from "../../domain/session-exchange/exchange.ts";
import type { AppContext } from "../context.ts";
import { clearHostCookie, flowCookie, readCookie, setHostCookie } from "../cookies.ts";
import { bindBrowser, csrfToken, requireOwnBrowser } from "../middleware/csrf.ts";
import { readProofDemand } from "../proof-demand.ts";
import { baseOf, requireReturnTarget } from "../return-target.ts";
import type { FlowView } from "./flow-wire.ts";

/** A flow with its sealed id. */
export interface FlowHandle {
  id: string;
  flow: Flow;
  /** The code with which an app fetches its session, for a flow begun in this request. */
  initCode?: string;
  /** The browser's CSRF cookie, for a flow begun in this request: the request itself may not have had it yet. */
  cookie?: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A new flow by the query's `return_to` and `organization`; an organization that is no UUID is ignored.
 * @throws {DomainError} `self_service_flow_return_to_forbidden`
 */
export async function beginFlow(c: AppContext, kind: FlowKind, type: Flow["type"]): Promise<FlowHandle> {
  const returnTo = c.req.query("return_to");
  const organization = c.req.query("organization") ?? "";
  const init = type === "api" && c.req.query("return_session_token_exchange_code") === "true" ? newInitCode() : undefined;
  const handle = await renewFlow(c, {
    kind,
    type,
    returnTo: returnTo ? requireReturnTarget(c, returnTo) : null,
    organizationId: UUID.test(organization) ? organization.toLowerCase() : null,
    demand: readProofDemand(c),
    initCodeHash: init?.hash,
  });
  return init ? { ...handle, initCode: init.code } : handle;
}

/** A fresh flow that wants what another one wanted. */
export async function renewFlow(
  c: AppContext,
  like: Pick<Flow, "kind" | "type" | "returnTo" | "organizationId" | "demand" | "initCodeHash">,
): Promise<FlowHandle> {
  const { clock, sealer } = c.get("services").runtime;
  const now = clock();
  const browser = like.type === "browser" ? bindBrowser(c) : undefined;
  const flow: Flow = {
    uuid: newId(now),
    kind: like.kind,
    type: like.type,
    issuedAt: now,
    expiresAt: now + FLOW_LIFESPAN_MS,
    returnTo: like.returnTo,
    organizationId: like.organizationId,
    ...(like.demand && Object.keys(like.demand).length > 0 ? { demand: like.demand } : {}),
    ...(like.initCodeHash === undefined ? {} : { initCodeHash: like.initCodeHash }),
    browser: browser?.binding ?? null,
  };
  const id = await sealFlow(sealer, c.get("project").id, flow);
  return browser ? { id, flow, cookie: browser.cookie } : { id, flow };
}

/**
 * The flow of an id, and whether it has expired.
 * @throws {DomainError} 404 for anything that is not a flow of this project and kind
 */
export async function findFlow(c: AppContext, kind: FlowKind, id: string): Promise<FlowHandle & { expired: boolean }> {
  const found = await lookUpFlow(c, kind, id);
  if (!found) throw notFound("flow");
  return found;
}

/** Like `findFlow`, for a page that begins anew instead. */
export async function lookUpFlow(
  c: AppContext,
  kind: FlowKind,
  id: string,
): Promise<(FlowHandle & { expired: boolean }) | undefined> {
  const { clock, sealer } = c.get("services").runtime;
  const flow = await openFlow(sealer, c.get("project").id, id);
  return flow?.kind === kind ? { id, flow, expired: isExpired(flow, clock()) } : undefined;
}

/** What the browser has kept of the flow's progress; nothing for programs. */
export async function readProgress(c: AppContext, flow: Flow): Promise<FlowProgress> {
  if (flow.type === "api") return NO_PROGRESS;
  const sealed = readCookie(c, flowCookie(c));
  if (!sealed) return NO_PROGRESS;
  return (await openProgress(c.get("services").runtime.sealer, flow, sealed)) ?? NO_PROGRESS;
}

/** Keeps the progress of a browser's flow until the flow ends. */
export async function keepProgress(c: AppContext, flow: Flow, progress: FlowProgress): Promise<void> {
  if (flow.type === "api") return;
  const { sealer } = c.get("services").runtime;
  setHostCookie(c, flowCookie(c), await sealProgress(sealer, flow, progress), FLOW_LIFESPAN_MS / 1000);
}

export function forgetProgress(c: AppContext): void {
  if (readCookie(c, flowCookie(c)) !== undefined) clearHostCookie(c, flowCookie(c));
}

/**
 * The flow as it stands: the step by D1's primary, one round trip, or none when the login room has just read the address's
 * `routing`. `change` goes back to the first step, with what was typed.
 * @throws {DomainError} `security_csrf_violation` for another browser's flow; `unavailable`, never a weaker step (F4)
 */
export async function viewFlow(
  c: AppContext,
  { id, flow, cookie }: FlowHandle,
  progress: FlowProgress,
  options: { change?: boolean; routing?: RoutingDecision | undefined } = {},
): Promise<FlowView> {
  const csrf = flow.type === "browser" ? csrfToken(c, flow, cookie ?? requireOwnBrowser(c, flow)) : "";
  return {
    id,
    flow,
    progress,
    step: await stepFor(c, flow, options.change ? {} : progress, options.routing),
    base: baseOf(c),
    csrf,
  };
}

/** The absolute URL that the flow returns to. */
export function returnTargetOf(c: AppContext, flow: Flow): string {
  return flow.returnTo ?? requireReturnTarget(c, undefined);
}

async function stepFor(
  c: AppContext,
  flow: Flow,
  progress: { identifier?: string },
  routing: RoutingDecision | undefined,
): Promise<Step> {
  const { login } = c.get("services");
  const project = c.get("project");
  const password = flow.kind === "login" || project.registration;
  if (flow.organizationId !== null) {
    const pinned = await login.routeOrganization(project, flow.organizationId);
    if (pinned) return stepOf(pinned, password);
  }
  if (routing) return stepOf(routing, password);
  const parsed = parseEmailAddress(progress.identifier ?? "");
  if (parsed.ok) return stepOf(await login.route(project, parsed.address), password);
  return { step: "identify", social: await login.socialConnections(project), password: project.passwordLogin && password };
}
