// The demo's project, organizations, connections and local account, made through Orgate's own HTTP API.

import type { DemoIdp } from "./demo-idp.ts";

export const LOCAL_ACCOUNT = "pat@personal.example";

const ORGANIZATIONS = [
  { label: "Acme", domains: ["acme.example", "acme.test"], connections: [{ label: "Acme staff", idp: 0 }] },
  {
    label: "Globex",
    domains: ["globex.example"],
    connections: [
      { label: "Globex headquarters", idp: 0 },
      { label: "Globex laboratories", idp: 1 },
    ],
  },
] as const;

export interface DemoOptions {
  baseUrl: string;
  rootKey: string;
  idps: readonly [DemoIdp, DemoIdp];
  clientSecret: string;
  localPassword: string;
}

export interface Demo {
  projectId: string;
  organizations: Record<"Acme" | "Globex", { id: string; connections: DemoConnection[] }>;
}

export interface DemoConnection {
  id: string;
  label: string;
  client_id: string;
  issuer_url: string;
  redirect_uri: string;
}

/** Makes what is missing and registers every connection at its identity provider. Running it again changes nothing. */
export async function seedDemo(options: DemoOptions): Promise<Demo> {
  const api = managementApi(options.baseUrl, options.rootKey);
  const projectId = await ensureProject(api);
  const organizations: Partial<Demo["organizations"]> = {};
  for (const wanted of ORGANIZATIONS) {
    const id = await ensureOrganization(api, projectId, wanted.label, wanted.domains);
    const existing = await listConnections(api, projectId, id);
    const connections: DemoConnection[] = [];
    for (const { label, idp } of wanted.connections) {
      connections.push(await ensureConnection(api, options, { projectId, organizationId: id, label, idp, existing }));
    }
    organizations[wanted.label] = { id, connections };
  }
  await ensureLocalAccount(options.baseUrl, options.localPassword);
  return { projectId, organizations: organizations as Demo["organizations"] };
}

async function ensureProject(api: ManagementApi): Promise<string> {
  const { projects } = await api<{ projects: { id: string; slug: string }[] }>("GET", "/projects?page_size=1000");
  const existing = projects.find((project) => project.slug === "demo");
  if (existing) return existing.id;
  return (await api<{ id: string }>("POST", "/projects", { name: "Demo", slug: "demo" })).id;
}

async function ensureOrganization(
  api: ManagementApi,
  projectId: string,
  label: string,
  domains: readonly string[],
): Promise<string> {
  const path = `/projects/${projectId}/organizations`;
  const { organizations } = await api<{ organizations: { id: string }[] }>("GET", `${path}?domain=${domains[0]}`);
  return organizations[0]?.id ?? (await api<{ id: string }>("POST", path, { label, domains })).id;
}

async function listConnections(api: ManagementApi, projectId: string, organizationId: string): Promise<DemoConnection[]> {
  const path = `/projects/${projectId}/connections?organization_id=${organizationId}`;
  return (await api<{ connections: DemoConnection[] }>("GET", path)).connections;
}

async function ensureConnection(
  api: ManagementApi,
  options: DemoOptions,
  wanted: { projectId: string; organizationId: string; label: string; idp: 0 | 1; existing: DemoConnection[] },
): Promise<DemoConnection> {
  const path = `/projects/${wanted.projectId}/connections`;
  const idp = options.idps[wanted.idp];
  const clientId = `orgate-${wanted.label.toLowerCase().replaceAll(" ", "-")}`;
  let connection = wanted.existing.find((candidate) => candidate.client_id === clientId);
  if (connection && (connection.issuer_url !== idp.issuer || !connection.redirect_uri.startsWith(`${options.baseUrl}/`))) {
    // Made while Orgate ran on other ports; a connection's redirect URI never changes.
    await api("DELETE", `${path}/${connection.id}`);
    connection = undefined;
  }
  if (!connection) {
    connection = await api<DemoConnection>("POST", path, {
      organization_id: wanted.organizationId,
      provider: "generic",
      label: wanted.label,
      issuer_url: idp.issuer,
      client_id: clientId,
      client_secret: options.clientSecret,
      scope: ["openid", "email", "profile"],
    });
  }
  idp.registerClient({ client_id: clientId, client_secret: options.clientSecret, redirect_uris: [connection.redirect_uri] });
  return connection;
}

/** Registers the local account as a native client would, unless it can sign in already. */
async function ensureLocalAccount(baseUrl: string, password: string): Promise<void> {
  const known = await submitFlow(baseUrl, "login", { method: "password", identifier: LOCAL_ACCOUNT, password });
  if (known.ok) return;
  const traits = { email: LOCAL_ACCOUNT, name: "Pat" };
  const registered = await submitFlow(baseUrl, "registration", { method: "password", password, traits });
  if (!registered.ok) throw new Error(`the demo's local account was refused (${registered.status}): ${await registered.text()}`);
}

async function submitFlow(baseUrl: string, kind: "login" | "registration", body: unknown): Promise<Response> {
  const flow = await fetch(`${baseUrl}/self-service/${kind}/api`);
  if (!flow.ok) throw new Error(`GET /self-service/${kind}/api answered ${flow.status}: ${await flow.text()}`);
  const { id } = (await flow.json()) as { id: string };
  return await fetch(`${baseUrl}/self-service/${kind}?flow=${encodeURIComponent(id)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export type ManagementApi = <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>;

/** Management requests with the root key. Throws with the whole answer when one is refused. */
export function managementApi(baseUrl: string, rootKey: string): ManagementApi {
  return async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${rootKey}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
}
