// POST /self-service/{login,registration}?flow=: reads a submission, lets the login room decide, answers.

import { DomainError } from "../../domain/errors.ts";
import type { FlowKind, FlowProgress } from "../../domain/flows/flow.ts";
import { type FlowMessage, noMethod, refusalMessage } from "../../domain/flows/messages.ts";
import { readSubmission, type Submission } from "../../domain/flows/submission.ts";
import type { LoginRefusalReason, LoginRefused } from "../../domain/login/login.ts";
import type { RoutingDecision } from "../../domain/login/routing.ts";
import { sealExchangeTicket } from "../../domain/session-exchange/exchange.ts";
import { refusalSentence } from "../../views/refusal-sentences.ts";
import type { AppContext } from "../context.ts";
import { sessionTokenOf, setHostCookie } from "../cookies.ts";
import { requireGenuine } from "../middleware/csrf.ts";
import { baseOf } from "../return-target.ts";
import { logRefusal } from "../sso/refused.ts";
import { relieveTransactionCookies } from "../sso/transaction-cookies.ts";
import { browserNeeded, expired, loggedIn, nextStep } from "./flow-answers.ts";
import { readFlowBody } from "./flow-body.ts";
import { type FlowHandle, findFlow, readProgress, returnTargetOf, viewFlow } from "./flows.ts";

/** Characters of a typed field that are shown again; more would not fit the progress cookie. */
const KEPT_LENGTH = 320;

interface Attempt {
  handle: FlowHandle;
  isForm: boolean;
  progress: FlowProgress;
}

/**
 * One submission. Nothing is believed but the flow's own seal: every action is checked in full (T14).
 * @throws {DomainError} 404 unknown flow, 403 forged, 413, 415, 429 for programs, 503
 */
export async function submitFlow(c: AppContext, kind: FlowKind): Promise<Response> {
  const handle = await findFlow(c, kind, c.req.query("flow") ?? "");
  const { fields, csrfToken, isForm } = await readFlowBody(c);
  requireGenuine(c, handle.flow, csrfToken);
  if (handle.expired) return expired(c, handle, isForm);

  const before = await readProgress(c, handle.flow);
  const submission = readSubmission(kind, fields, before);
  const typed = kind === "login" ? fields.identifier : (fields.email ?? fields.identifier);
  const progress: FlowProgress = {
    ...keep("identifier", (typed ?? before.identifier)?.slice(0, KEPT_LENGTH)),
    ...keep("name", (fields.name ?? before.name)?.slice(0, KEPT_LENGTH)),
    messages: [],
  };
  return act(c, { handle, isForm, progress }, submission);
}

async function act(c: AppContext, attempt: Attempt, submission: Submission): Promise<Response> {
  const { handle, isForm, progress } = attempt;
  switch (submission.action) {
    case "start_over":
      return goOn(c, attempt, { messages: [] });
    case "again": {
      const { active, messages } = submission;
      return goOn(c, attempt, { ...progress, ...keep("active", active), messages });
    }
    case "route":
      return goOn(c, attempt, { ...progress, identifier: submission.address.typed, active: submission.active });
    case "password":
      return submitPassword(c, attempt, submission);
    case "sso":
      return handle.flow.type === "browser" && isForm ? startSso(c, attempt, submission) : pointToStart(c, attempt, submission);
  }
}

async function submitPassword(
  c: AppContext,
  attempt: Attempt,
  { address, password, name }: Extract<Submission, { action: "password" }>,
): Promise<Response> {
  const { flow } = attempt.handle;
  const progress: FlowProgress = { ...attempt.progress, identifier: address.typed, active: "password" };
  // A flow for one organization has no password step, whatever the address.
  if (flow.organizationId !== null) return goOn(c, attempt, { ...progress, messages: [noMethod(flow.kind)] });
  const { login } = c.get("services");
  const previousToken = sessionTokenOf(c);
  const request = { address, password, returnTo: returnTargetOf(c, flow), ...keep("previousToken", previousToken) };
  const outcome =
    flow.kind === "login"
      ? await login.loginWithPassword(c.get("project"), request, c.get("requestContext"))
      : await login.register(c.get("project"), { ...request, name }, c.get("requestContext"));
  if (outcome.ok) return loggedIn(c, flow, attempt.isForm, outcome);
  return refusedStep(c, attempt, progress, outcome);
}

/** A native form: the browser goes straight to the identity provider. */
async function startSso(
  c: AppContext,
  attempt: Attempt,
  { connectionId, address }: Extract<Submission, { action: "sso" }>,
): Promise<Response> {
  const { flow } = attempt.handle;
  const started = await c.get("services").login.startSso(
    c.get("project"),
    {
      connectionId,
      ...keep("organizationId", flow.organizationId ?? undefined),
      ...keep("loginHint", address),
      returnTo: returnTargetOf(c, flow),
      ...flow.demand,
      base: baseOf(c),
    },
    c.get("requestContext"),
  );
  if (!started.ok) return refusedStep(c, attempt, { ...attempt.progress, active: "oidc" }, started);
  if ("moveTo" in started) return c.redirect(started.moveTo.href, 303);
  relieveTransactionCookies(c);
  setHostCookie(c, started.cookie.name, started.cookie.value, started.cookie.maxAge);
  return c.redirect(started.location.href, 303);
}

/** A program: it has to send a browser to our start, which asks again whether the connection may be used. */
async function pointToStart(
  c: AppContext,
  attempt: Attempt,
  { connectionId, address }: Extract<Submission, { action: "sso" }>,
): Promise<Response> {
  const { flow } = attempt.handle;
  if (flow.organizationId !== null) {
    const { step } = await viewFlow(c, attempt.handle, attempt.progress);
    const offered = step.step === "sso" && step.connections.some((connection) => connection.id === connectionId);
    if (!offered) return goOn(c, attempt, { ...attempt.progress, active: "oidc", messages: [noMethod(flow.kind)] });
  }
  const start = new URL(`${baseOf(c)}/sso/start`);
  start.searchParams.set("connection", connectionId);
  if (address) start.searchParams.set("login_hint", address.typed);
  if (flow.demand?.prompt !== undefined) start.searchParams.set("prompt", flow.demand.prompt);
  if (flow.demand?.maxAge !== undefined) start.searchParams.set("max_age", String(flow.demand.maxAge));
  const returnTo = returnTargetOf(c, flow);
  if (flow.initCodeHash !== undefined) {
    const ticket = { initCodeHash: flow.initCodeHash, returnTo, expiresAt: flow.expiresAt };
    const { sealer } = c.get("services").runtime;
    start.searchParams.set("exchange", await sealExchangeTicket(sealer, c.get("project").id, ticket));
  }
  start.searchParams.set("return_to", returnTo);
  return browserNeeded(c, start);
}

async function refusedStep(c: AppContext, attempt: Attempt, progress: FlowProgress, refusal: LoginRefused): Promise<Response> {
  const reference = logRefusal(c, refusal);
  const { flow } = attempt.handle;
  const isPage = attempt.isForm && flow.type === "browser";
  if (refusal.reason === "too_many_attempts" && !isPage) throw tooManyAttempts(refusal.retryAfter);
  const message = refusalMessage(refusal.reason, flow.kind) ?? sentenceMessage(refusal.reason, reference);
  return goOn(c, attempt, { ...progress, messages: [message] }, refusal.routing);
}

/** Refusals around an identity provider: the person's sentence, and the reference that finds the reason. */
function sentenceMessage(reason: LoginRefusalReason, reference: string): FlowMessage {
  const { title, sentence } = refusalSentence(reason);
  return { id: 4000001, text: `${title}. ${sentence} Reference: ${reference}`, type: "error", context: { reference } };
}

async function goOn(
  c: AppContext,
  { handle, isForm }: Attempt,
  progress: FlowProgress,
  routing?: RoutingDecision,
): Promise<Response> {
  return nextStep(c, await viewFlow(c, handle, progress, { routing }), isForm);
}

function tooManyAttempts(retryAfter: number | undefined): DomainError {
  return new DomainError({
    kind: "rate_limited",
    code: "too_many_attempts",
    message: "Too many attempts. Wait before you try again.",
    ...keep("retryAfter", retryAfter),
  });
}

function keep<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
