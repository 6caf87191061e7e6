// A flow on the wire: Ory's `loginFlow` and `registrationFlow`, with the nodes of the step it is in.

import type { Flow, FlowProgress } from "../../domain/flows/flow.ts";
import type { FlowMessage } from "../../domain/flows/messages.ts";
import { type Step, stepMessages } from "../../domain/flows/step.ts";
import type { ConnectionChoice } from "../../domain/login/routing.ts";
import { timestamp } from "../wire/identity.ts";

export interface WireText {
  id: number;
  text: string;
  type: "info" | "error" | "success";
  context: Record<string, unknown>;
}

export interface WireNode {
  type: "input";
  group: "default" | "identifier_first" | "profile" | "password" | "oidc";
  attributes: {
    node_type: "input";
    name: string;
    type: "hidden" | "email" | "text" | "password" | "submit";
    disabled: boolean;
    value?: string;
    required?: boolean;
    autocomplete?: string;
    maxlength?: number;
  };
  messages: WireText[];
  meta: { label?: WireText };
}

export interface WireFlow {
  id: string;
  type: "browser" | "api";
  issued_at: string;
  expires_at: string;
  request_url: string;
  return_to?: string;
  active?: string;
  state: "choose_method";
  organization_id: string | null;
  ui: { action: string; method: "POST"; messages: WireText[]; nodes: WireNode[] };
  created_at: string;
  updated_at: string;
  /** Login flows alone. */
  refresh?: boolean;
  requested_aal?: "aal1";
}

/** A flow with all that its answer depends on. */
export interface FlowView {
  /** The sealed flow. */
  id: string;
  flow: Flow;
  progress: FlowProgress;
  step: Step;
  /** Where the doors stand: origin and, for the console, its path. */
  base: string;
  /** Empty for `api` flows. */
  csrf: string;
}

/** The flow object. Messages about a field stand at its node; all others, and those whose field is not shown, at the top. */
export function flowToWire(view: FlowView): WireFlow {
  const { id, flow, progress, step, base } = view;
  const nodes = nodesOf(view);
  const general: WireText[] = [];
  for (const message of [...stepMessages(step), ...progress.messages]) {
    const node = nodes.find((n) => n.attributes.name === message.field && n.attributes.type !== "hidden");
    (node?.messages ?? general).push(textToWire(message));
  }
  const issuedAt = timestamp(flow.issuedAt);
  return {
    id,
    type: flow.type,
    issued_at: issuedAt,
    expires_at: timestamp(flow.expiresAt),
    request_url: requestUrl(flow, base),
    ...(flow.returnTo === null ? {} : { return_to: flow.returnTo }),
    ...(progress.active === undefined ? {} : { active: progress.active }),
    state: "choose_method",
    organization_id: "organizationId" in step ? step.organizationId : null,
    ui: { action: `${base}/self-service/${flow.kind}?flow=${id}`, method: "POST", messages: general, nodes },
    created_at: issuedAt,
    updated_at: issuedAt,
    ...(flow.kind === "login" ? { refresh: false, requested_aal: "aal1" as const } : {}),
  };
}

function nodesOf({ flow, progress, step, csrf }: FlowView): WireNode[] {
  const login = flow.kind === "login";
  const { identifier = "", name = "" } = progress;
  const nodes = [input("default", "csrf_token", "hidden", { value: csrf, required: true })];
  if (step.step === "identify") {
    nodes.push(...(login ? loginIdentifier(identifier) : registrationTraits(identifier, name)));
    nodes.push(...step.social.map((c) => social(c, login)));
    return nodes;
  }
  if (identifier !== "") {
    if (login) nodes.push(input("identifier_first", "identifier", "hidden", { value: identifier, required: true }));
    else nodes.push(...hiddenTraits(identifier, name));
  }
  if (step.step === "sso") {
    const several = step.connections.length > 1;
    nodes.push(
      ...step.connections.map((c) =>
        provider(c, login ? 1010002 : 1040002, several ? `Sign in with SSO – ${c.label}` : "Sign in with SSO"),
      ),
    );
  }
  if (step.step === "local") {
    if (step.password) nodes.push(...passwordNodes(login));
    nodes.push(...step.social.map((c) => social(c, login)));
  }
  return nodes;
}

function loginIdentifier(value: string): WireNode[] {
  const options = { required: true, autocomplete: "username webauthn", ...(value === "" ? {} : { value }) };
  return [
    input("identifier_first", "identifier", "text", options, label(1070002, "E-mail", { title: "E-mail", name: "identifier" })),
    submit("identifier_first", "identifier_first", label(1010013, "Continue")),
  ];
}

function registrationTraits(email: string, name: string): WireNode[] {
  const value = (text: string) => (text === "" ? {} : { value: text });
  return [
    input(
      "profile",
      "traits.email",
      "email",
      { required: true, autocomplete: "email", ...value(email) },
      label(1070002, "E-mail", { title: "E-mail", name: "traits.email" }),
    ),
    input(
      "profile",
      "traits.name",
      "text",
      { autocomplete: "name", ...value(name) },
      label(1070002, "Name", { title: "Name", name: "traits.name" }),
    ),
    submit("profile", "profile", label(1040003, "Continue")),
  ];
}

function hiddenTraits(email: string, name: string): WireNode[] {
  const nodes = [input("profile", "traits.email", "hidden", { value: email, required: true })];
  if (name !== "") nodes.push(input("profile", "traits.name", "hidden", { value: name }));
  return nodes;
}

function passwordNodes(login: boolean): WireNode[] {
  const autocomplete = login ? "current-password" : "new-password";
  return [
    input("password", "password", "password", { required: true, autocomplete }, label(1070001, "Password")),
    submit("password", "password", login ? label(1010022, "Sign in with password") : label(1040001, "Sign up")),
  ];
}

function social(connection: ConnectionChoice, login: boolean): WireNode {
  return login
    ? provider(connection, 1010002, `Sign in with ${connection.label}`)
    : provider(connection, 1040002, `Sign up with ${connection.label}`);
}

function provider(connection: ConnectionChoice, id: number, text: string): WireNode {
  const context = { provider: connection.label, provider_id: connection.id };
  return input("oidc", "provider", "submit", { value: connection.id }, label(id, text, context));
}

function submit(group: WireNode["group"], method: string, meta: WireText): WireNode {
  return input(group, "method", "submit", { value: method }, meta);
}

function input(
  group: WireNode["group"],
  name: string,
  type: WireNode["attributes"]["type"],
  options: Partial<WireNode["attributes"]>,
  meta?: WireText,
): WireNode {
  return {
    type: "input",
    group,
    attributes: { node_type: "input", name, type, disabled: false, ...options },
    messages: [],
    meta: meta === undefined ? {} : { label: meta },
  };
}

function label(id: number, text: string, context: Record<string, unknown> = {}): WireText {
  return { id, text, type: "info", context };
}

function textToWire({ id, text, type, context }: FlowMessage): WireText {
  return { id, text, type, context: context ?? {} };
}

/** Where the flow was begun. Rebuilt, so that nothing of a visitor's choosing has to be kept. */
function requestUrl(flow: Flow, base: string): string {
  const url = new URL(`${base}/self-service/${flow.kind}/${flow.type}`);
  if (flow.returnTo !== null) url.searchParams.set("return_to", flow.returnTo);
  if (flow.organizationId !== null) url.searchParams.set("organization", flow.organizationId);
  return url.href;
}
