// One project with an organization of one connection, one of two, one of none, and a social connection; and the clients
// of its flows: a program, a single-page application, a browser that posts forms.

import { env } from "cloudflare:workers";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import type { WireFlow, WireNode } from "../../src/http/selfservice/flow-wire.ts";
import { createConnection, createOrganization, createProject } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

export const PASSWORD = "violet harbour ladder 42";

export interface Scene {
  project: Project;
  origin: string;
  acme: { id: string; connection: Connection };
  globex: { id: string; connections: Connection[] };
  initech: { id: string };
  social: Connection;
}

export async function setScene(fields: Parameters<typeof createProject>[0] = {}): Promise<Scene> {
  const project = await createProject(fields);
  const acme = await createOrganization(project, { label: "Acme", domains: ["acme.example"] });
  const globex = await createOrganization(project, { label: "Globex", domains: ["globex.example"] });
  const initech = await createOrganization(project, { label: "Initech", domains: ["initech.example"] });
  const connection = await createConnection(project, { organizationId: acme.id, label: "Okta" });
  const connections = [
    await createConnection(project, { organizationId: globex.id, label: "Headquarters" }),
    await createConnection(project, { organizationId: globex.id, label: "Laboratories" }),
  ];
  const social = await createConnection(project, { label: "Google" });
  return {
    project,
    origin: `http://${project.slug}.localhost:8787`,
    acme: { id: acme.id, connection },
    globex: { id: globex.id, connections },
    initech: { id: initech.id },
    social,
  };
}

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

let addresses = 0;
/** Every client has a network of its own, so that the counters of one test do not lock another's out. */
const freshAddress = () => `198.18.${(addresses >> 8) & 255}.${addresses++ & 255}`;

/** Requests JSON as a program without cookies does. */
export async function call<T = WireFlow>(
  scene: Scene,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  ipAddress = freshAddress(),
) {
  return json<T>(createVisitor(env, ipAddress), scene, path, body, headers);
}

/** Requests JSON as a script on a page of the project's own origin does. */
export async function spa<T = WireFlow>(visitor: Visitor, scene: Scene, path: string, body?: unknown) {
  const own = body === undefined ? {} : { Origin: scene.origin };
  return json<T>(visitor, scene, path, body, { "Sec-Fetch-Site": "same-origin", Accept: "application/json", ...own });
}

async function json<T>(visitor: Visitor, scene: Scene, path: string, body: unknown, headers: Record<string, string>) {
  const answer = await visitor.send(new URL(path, scene.origin), {
    method: body === undefined ? "GET" : "POST",
    headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === "" ? {} : JSON.parse(text)) as T };
}

export const browser = () => createVisitor(env, freshAddress());

/** Values of the nodes of one name. */
export function values(flow: WireFlow, name: string): (string | undefined)[] {
  return nodes(flow, name).map((node) => node.attributes.value);
}

export function nodes(flow: WireFlow, name: string): WireNode[] {
  return flow.ui.nodes.filter((node) => node.attributes.name === name);
}

export function messageIds(flow: WireFlow): number[] {
  return [...flow.ui.messages, ...flow.ui.nodes.flatMap((node) => node.messages)].map((message) => message.id);
}

/** The form of a page: where it posts to, its inputs, its submit buttons as a person without scripts sees them. */
export function formOf(page: string) {
  const attribute = (tag: string, name: string) =>
    new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const tags = (name: string) => page.match(new RegExp(`<${name}\\b[^>]*>`, "g")) ?? [];
  return {
    action: attribute(tags("form")[0] ?? "", "action"),
    fields: Object.fromEntries(
      tags("input")
        .filter((tag) => attribute(tag, "type") === "hidden")
        .map((tag) => [attribute(tag, "name"), attribute(tag, "value")]),
    ),
    inputs: tags("input")
      .filter((tag) => attribute(tag, "type") !== "hidden")
      .map((tag) => ({ name: attribute(tag, "name"), type: attribute(tag, "type"), value: attribute(tag, "value") })),
    buttons: tags("button")
      .filter((tag) => attribute(tag, "type") === "submit")
      .map((tag) => ({ name: attribute(tag, "name"), value: attribute(tag, "value") })),
  };
}

/** Opens a page and posts its form with these fields. */
export async function submitPage(visitor: Visitor, scene: Scene, path: string, fields: Record<string, string>) {
  const page = await (await visitor.get(new URL(path, scene.origin))).text();
  const form = formOf(page);
  return visitor.post(new URL(form.action, scene.origin), { ...form.fields, ...fields });
}
