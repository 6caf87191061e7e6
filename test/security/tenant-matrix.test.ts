// Who reaches what, generated from /openapi.json: every operation that names something in its path × whose it is × the
// credential. What is not one's own answers like what never was, to the letter, and changes nothing.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { api } from "../support/management.ts";
import {
  createApiKey,
  createConnection,
  createOperator,
  createOrganization,
  createProject,
  putIdentity,
  putOperator,
  putSession,
  ROOT_KEY,
  services,
  systemContext,
} from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { d1AtRest } from "./contents.ts";
import { allOperations, fill, type Operation } from "./routes.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no provider in this test"));

const OPERATIONS = (await allOperations()).filter(({ path }) => path !== "/projects");

/** A project with one of everything that a path can name, and a second organization beside. */
interface Estate {
  project: Project;
  organization: Organization;
  connection: Connection;
  identity: string;
  session: { id: string; token: string };
  key: string;
  /** By the names that paths have for them. */
  ids: Record<string, string>;
}

let mine: Estate;
let theirs: Estate;
/** The second organization of my project, with its person. */
let sibling: Estate;
/** Things of my project that are gone. */
let deleted: Record<string, string>;
let operator: string;
let headers: Record<Credential, Record<string, string>>;

const CREDENTIALS = [
  "root key",
  "project key",
  "sibling project's key",
  "operator",
  "session",
  "session as key",
  "anonymous",
] as const;
type Credential = (typeof CREDENTIALS)[number];

async function furnish(project: Project): Promise<Estate> {
  const domain = `${crypto.randomUUID().slice(0, 8)}.example`;
  const organization = await createOrganization(project, { domains: [domain] });
  const { id } = await createConnection(project, { organizationId: organization.id });
  // With a secret from before a rotation, which some operations are about.
  const connection = await services().connections.rotateSecret(project.id, id, "rotated", undefined, systemContext);
  const identity = await putIdentity(project.id, { email: `kim@${domain}`, organizationId: organization.id });
  const token = await putSession(project.id, identity, connection);
  const spare = await createApiKey(project);
  const { key } = await createApiKey(project);
  const session = { id: await sessionId(identity), token };
  const redirectUris = ["https://app.example/callback"];
  const { client } = await services().clients.create(project.id, { redirectUris }, systemContext);
  const template = await services().sessionTokens.put(project.id, crypto.randomUUID(), {}, systemContext);
  const ids = {
    project_id: project.id,
    organization_id: organization.id,
    connection_id: connection.id,
    api_key_id: spare.id,
    operator_id: await putOperator({ [project.id]: "viewer" }),
    invitation_id: await invite(project, `guest@${domain}`),
    identity,
    session: session.id,
    client: client.id,
    template_name: template.name,
  };
  return { project, organization, connection, identity, session, key, ids };
}

const invite = async (project: Project, email: string) =>
  (await services().operators.invite(project, { email, role: "viewer" }, systemContext)).invitation.id;
const sessionId = async (identity: string) =>
  (await env.DB.prepare("SELECT id FROM sessions WHERE identity_id = ?").bind(identity).first<string>("id")) ?? "";

async function removeContents(estate: Estate): Promise<Record<string, string>> {
  const { project, ids } = estate;
  const all = services();
  await all.sessions.revokeById(project.id, ids["session"] ?? "", systemContext);
  await all.identities.delete(project.id, ids["identity"] ?? "", systemContext);
  await all.clients.delete(project.id, ids["client"] ?? "", systemContext);
  await all.sessionTokens.delete(project.id, ids["template_name"] ?? "", systemContext);
  await all.connections.delete(project.id, ids["connection_id"] ?? "", systemContext);
  await all.organizations.delete(project.id, ids["organization_id"] ?? "", systemContext);
  await all.apiKeys.revoke(project.id, ids["api_key_id"] ?? "", systemContext);
  await all.operators.remove(project, ids["operator_id"] ?? "", systemContext);
  await all.operators.revokeInvitation(project.id, ids["invitation_id"] ?? "", systemContext);
  const gone = await createProject();
  await all.projects.delete(gone.id, systemContext);
  return { ...ids, gone_project: gone.id };
}

beforeAll(async () => {
  const project = await createProject();
  mine = await furnish(project);
  sibling = await furnish(project);
  theirs = await furnish(await createProject());
  deleted = await removeContents(await furnish(project));
  operator = await createOperator({ [project.id]: "owner" });
  const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
  headers = {
    "root key": bearer(ROOT_KEY),
    "project key": bearer(mine.key),
    "sibling project's key": bearer(theirs.key),
    operator: { Cookie: `ory_session_ory=${operator}` },
    session: { Cookie: `__Host-orgate_session=${mine.session.token}`, "X-Session-Token": mine.session.token },
    "session as key": { ...bearer(mine.session.token), Cookie: `ory_session_ory=${mine.session.token}` },
    anonymous: {},
  };
});

/** Ids for a path of this operation: admin paths call everything `id`. */
function idsFor(operation: Operation, ids: Record<string, string>): Record<string, string> {
  const kind = operation.path.includes("/sessions/{id}")
    ? "session"
    : operation.path.includes("/clients/")
      ? "client"
      : "identity";
  const id = ids[kind];
  return id === undefined ? ids : { ...ids, id };
}

/** A body that the operation accepts, so that what answers is the matrix and not the schema. */
function bodyFor({ id, body }: Operation): object | undefined {
  if (!body) return undefined;
  if (id === "createConnection") return { issuer_url: "https://idp-a.test", client_id: "x", client_secret: "x" };
  if (id === "rotateConnectionSecret") return { client_secret: "taken over" };
  if (id === "createOperatorInvitation") return { email: "new@guests.example", role: "viewer" };
  if (id === "updateOperator") return { role: "editor" };
  if (id === "createIdentity") return { traits: {} };
  if (id === "updateIdentity") return { schema_id: "default", state: "inactive", traits: {} };
  if (id === "patchIdentity") return [{ op: "replace", path: "/state", value: "inactive" }];
  if (id === "patchOAuth2Client") return [{ op: "replace", path: "/client_name", value: "taken over" }];
  if (/OAuth2Client/.test(id)) return { client_name: "taken over", redirect_uris: ["https://evil.example/"] };
  if (id === "moveProject") return { database: 0 };
  if (id === "rotateSigningKeys" || id === "putSessionTokenTemplate") return {};
  return /Organization|Connection/.test(id) ? { label: "taken over" } : { name: "taken over" };
}

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

async function send(operation: Operation, ids: Record<string, string>, credential: Credential, host = mine.project) {
  const isAdmin = operation.path.startsWith("/admin");
  const origin = isAdmin ? `http://${host.slug}.localhost:8787` : "http://localhost:8787";
  const body = bodyFor(operation);
  const query = operation.id === "getRouting" ? "?email=kim@unclaimed.example" : "";
  const answer = await createVisitor(env).send(`${origin}${fill(operation.path, idsFor(operation, ids))}${query}`, {
    method: operation.method,
    headers: { ...headers[credential], ...(body ? { "Content-Type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : operation.id === "setProjectLogo" ? { body: PNG } : {}),
  });
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  const shown = [...answer.headers].filter(([name]) => name !== "x-request-id");
  const text = (await answer.text()).replaceAll(requestId, "REQUEST");
  return { status: answer.status, headers: shown, text };
}

/** Runs requests that must change nothing. */
async function changingNothing(requests: () => Promise<void>): Promise<void> {
  const before = await d1AtRest();
  await requests();
  expect(await d1AtRest()).toEqual(before);
}

/** A template is named by its writer: putting one that is not there makes it, and other projects have other names. */
/** What no API key may do. */
const NEEDS_AN_OWNER = /^(?:deleteProject|updateOperator|removeOperator|createOperatorInvitation|revokeOperatorInvitation)$/;
/** What nobody may do but the root key. */
const NEEDS_THE_ROOT_KEY = /^(?:moveProject|cancelProjectMove)$/;
const NAMED = OPERATIONS.filter(({ path, id }) => /\{(?!project_id)/.test(path) && id !== "putSessionTokenTemplate");
const MANAGEMENT = OPERATIONS.filter(({ path }) => path.startsWith("/projects"));
const ADMIN = OPERATIONS.filter(({ path }) => path.startsWith("/admin"));
const unknownIds = () => ({});

test("T104: the matrix has every operation of the description", () => {
  expect(OPERATIONS).toHaveLength(MANAGEMENT.length + ADMIN.length);
  expect(MANAGEMENT.length).toBeGreaterThanOrEqual(19);
  expect(ADMIN.length).toBeGreaterThanOrEqual(11);
});

describe.each(OPERATIONS)("T104: $name", (operation) => {
  test("whoever has no key of it is a 401, whatever is named", async () => {
    await changingNothing(async () => {
      for (const credential of ["anonymous", "session", "session as key"] as const) {
        const answers = [];
        for (const ids of [mine.ids, sibling.ids, theirs.ids, deleted, unknownIds()]) {
          answers.push(await send(operation, ids, credential));
        }
        expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
        expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      }
    });
  });

  test("another project's key gets the 404 of what never was", async () => {
    await changingNothing(async () => {
      const missing = await send(operation, unknownIds(), "sibling project's key");
      const answers = [];
      for (const ids of [mine.ids, sibling.ids, deleted]) answers.push(await send(operation, ids, "sibling project's key"));
      expect(missing.status).toBe(404);
      for (const answer of answers) expect(answer).toEqual(missing);
    });
  });
});

describe.each(MANAGEMENT)("T104: $name, out of reach", (operation) => {
  test.each(["project key", "operator"] as const)("with the %s", async (credential) => {
    await changingNothing(async () => {
      const missing = await send(operation, unknownIds(), credential);
      expect(missing.status).toBe(404);
      expect(await send(operation, theirs.ids, credential)).toEqual(missing);
      expect(await send(operation, { ...mine.ids, project_id: deleted["gone_project"] ?? "" }, credential)).toEqual(missing);
    });
  });
});

describe.each(NAMED)("T104: $name, in one's own project", (operation) => {
  test.each(["root key", "project key", "operator"] as const)(
    "names with the %s nothing of another project",
    async (credential) => {
      if (credential === "operator" && operation.path.startsWith("/admin")) return;
      await changingNothing(async () => {
        const own = { project_id: mine.project.id };
        const missing = await send(operation, own, credential);
        expect(missing.status).toBe(credential === "project key" && NEEDS_AN_OWNER.test(operation.id) ? 403 : 404);
        const foreign = await send(operation, { ...theirs.ids, ...own }, credential);
        const gone = await send(operation, { ...deleted, ...own }, credential);
        expect([foreign, gone]).toEqual([missing, missing]);
      });
    },
  );
});

describe.each(OPERATIONS)("$name, one's own", (operation) => {
  test.each(["root key", "project key", "operator"] as const)(
    "T105: opens to the %s, in both organizations",
    async (credential) => {
      const isAdmin = operation.path.startsWith("/admin");
      if (credential === "operator" && isAdmin) {
        expect((await send(operation, mine.ids, credential)).status).toBe(401);
        return;
      }
      const onlyFromAbove =
        (NEEDS_AN_OWNER.test(operation.id) && credential === "project key") ||
        (NEEDS_THE_ROOT_KEY.test(operation.id) && credential !== "root key");
      const reads = operation.method === "GET";
      if (reads) {
        for (const ids of [mine.ids, sibling.ids]) expect((await send(operation, ids, credential)).status).toBe(200);
        return;
      }
      const estate = await furnish(await createProject());
      headers["project key"] = { Authorization: `Bearer ${estate.key}` };
      headers.operator = { Cookie: `ory_session_ory=${await createOperator({ [estate.project.id]: "owner" })}` };
      try {
        const { status } = await send(operation, estate.ids, credential, estate.project);
        // There is no move to take back: the root key is told so, and it alone.
        const nothingThere = operation.id === "cancelProjectMove" && status === 404;
        expect(status < 300 || nothingThere || operation.id === "checkConnection").toBe(!onlyFromAbove);
        if (onlyFromAbove) expect(status).toBe(403);
      } finally {
        headers["project key"] = { Authorization: `Bearer ${mine.key}` };
        headers.operator = { Cookie: `ory_session_ory=${operator}` };
      }
    },
  );
});

describe("T104: filters, cursors and bodies", () => {
  const keyed = (path: string) => api("GET", path, { key: mine.key });
  const admin = async (method: string, path: string, body?: object) => {
    const answer = await createVisitor(env).send(`http://${mine.project.slug}.localhost:8787${path}`, {
      method,
      headers: { ...headers["project key"], "Content-Type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = (await answer.text()).replaceAll(answer.headers.get("X-Request-Id") ?? "-", "REQUEST");
    return { status: answer.status, link: answer.headers.get("Link"), text };
  };

  test("a filter that names something of another project finds what one that names nothing finds", async () => {
    const { project } = mine;
    const nowhere = crypto.randomUUID();
    const pairs: [foreign: string, unknown: string][] = [
      [`connections?organization_id=${theirs.organization.id}`, `connections?organization_id=${nowhere}`],
      [`events?organization_id=${theirs.organization.id}`, `events?organization_id=${nowhere}`],
      [`organizations?domain=${theirs.organization.domains[0]}`, "organizations?domain=unclaimed.example"],
      [`organizations?search=${theirs.organization.domains[0]}`, "organizations?search=unclaimed.example"],
    ];
    const routed = async (domain: string) => {
      const { domain: asked, ...decided } = (await keyed(`/projects/${project.id}/routing?email=kim@${domain}`)).json;
      expect(asked).toBe(domain);
      return decided;
    };
    expect(await routed(theirs.organization.domains[0] ?? "")).toEqual(await routed("unclaimed.example"));
    for (const [foreign, unknown] of pairs) {
      const [one, other] = [await keyed(`/projects/${project.id}/${foreign}`), await keyed(`/projects/${project.id}/${unknown}`)];
      expect([foreign, one.status, one.json]).toEqual([foreign, 200, other.json]);
    }
    const lists: [foreign: string, unknown: string][] = [
      [`organization_id=${theirs.organization.id}`, `organization_id=${nowhere}`],
      [`ids=${theirs.identity}`, `ids=${nowhere}`],
      [`credentials_identifier=kim@${theirs.organization.domains[0]}`, "credentials_identifier=kim@unclaimed.example"],
      [
        `preview_credentials_identifier_similar=kim@${theirs.organization.domains[0]}`,
        "preview_credentials_identifier_similar=kim@unclaimed.example",
      ],
    ];
    for (const [foreign, unknown] of lists) {
      const [one, other] = [
        await admin("GET", `/admin/identities?${foreign}`),
        await admin("GET", `/admin/identities?${unknown}`),
      ];
      expect([foreign, one.status, one.text]).toEqual([foreign, 200, other.text]);
    }
  });

  test("a list shows nothing of another project, whatever its filter and page", async () => {
    const foreign = Object.values(theirs.ids);
    for (const { path, query } of OPERATIONS.filter(({ method }) => method === "GET")) {
      const isAdmin = path.startsWith("/admin");
      const filled = fill(path, { ...mine.ids, id: mine.identity });
      for (const name of ["", ...query]) {
        const suffix = name ? `?${name}=${encodeURIComponent(theirs.organization.id)}` : "";
        const { text } = isAdmin ? await admin("GET", filled + suffix) : await keyed(filled + suffix);
        for (const id of foreign) expect([path, name, text.includes(id)]).toEqual([path, name, false]);
      }
    }
  });

  test("page tokens of another project's lists, and of other lists, are refused", async () => {
    const tokens: string[] = [];
    for (const list of ["organizations", "connections", "api-keys", "events"]) {
      if (list === "organizations") await createOrganization(theirs.project);
      if (list === "connections") await createConnection(theirs.project);
      const first = await api("GET", `/projects/${theirs.project.id}/${list}?page_size=1`);
      expect(first.json.has_next_page).toBe(true);
      tokens.push(first.json.next_page_token);
    }
    for (const list of ["organizations", "connections", "api-keys", "events"]) {
      for (const token of tokens) {
        expect((await api("GET", `/projects/${mine.project.id}/${list}?page_token=${token}`)).status).toBe(422);
      }
    }
    for (const token of tokens) expect((await admin("GET", `/admin/identities?page_token=${token}`)).status).toBe(422);
  });

  test("an organization of another project in a body is the 422 of one that never was", async () => {
    await changingNothing(async () => {
      const connection = (organization_id: string) =>
        api("POST", `/projects/${mine.project.id}/connections`, {
          key: mine.key,
          body: { organization_id, issuer_url: "https://idp-a.test", client_id: "x", client_secret: "x" },
        });
      const identity = (organization_id: string) => admin("POST", "/admin/identities", { traits: {}, organization_id });
      const moved = (value: string) =>
        admin("PATCH", `/admin/identities/${mine.identity}`, [{ op: "replace", path: "/organization_id", value }]);
      for (const attempt of [connection, identity, moved]) {
        const answers = [];
        for (const id of [theirs.organization.id, deleted["organization_id"] ?? "", crypto.randomUUID()]) {
          const { status, text } = await attempt(id);
          answers.push([status, text.replace(/"request":"[^"]+"/, "").replaceAll(id, "ID")]);
        }
        expect(answers[0]?.[0]).toBe(422);
        expect(answers).toEqual([answers[2], answers[2], answers[2]]);
      }
    });
  });

  test("owner fields in bodies move nothing to another project", async () => {
    await changingNothing(async () => {
      for (const field of ["project_id", "id", "organization_id", "created_at"]) {
        const path = `/projects/${mine.project.id}`;
        const targets: [method: string, path: string][] = [
          ["PATCH", path],
          ["PUT", `${path}/organizations/${mine.organization.id}`],
          ["PATCH", `${path}/connections/${mine.connection.id}`],
        ];
        for (const [method, target] of targets) {
          const answer = await api(method, target, { key: mine.key, body: { [field]: theirs.project.id } });
          expect([method, field, answer.status]).toEqual([method, field, 422]);
        }
        const own = { schema_id: "default", state: "active", traits: {} };
        const answer = await admin("PUT", `/admin/identities/${mine.identity}`, { ...own, [field]: theirs.project.id });
        expect([field, answer.status]).toEqual([field, 422]);
      }
    });
  });

  test("a person ends only sessions of their own", async () => {
    await changingNothing(async () => {
      const end = async (id: string) => {
        const url = `http://${mine.project.slug}.localhost:8787/sessions/${id}`;
        const answer = await createVisitor(env).send(url, {
          method: "DELETE",
          headers: { "X-Session-Token": mine.session.token },
        });
        return [answer.status, (await answer.text()).replaceAll(answer.headers.get("X-Request-Id") ?? "-", "REQUEST")];
      };
      const missing = await end(crypto.randomUUID());
      expect(missing[0]).toBe(404);
      for (const id of [sibling.session.id, theirs.session.id, deleted["session"] ?? ""]) expect(await end(id)).toEqual(missing);
    });
  });

  test("a session opens nothing on another project's host", async () => {
    for (const host of [theirs.project, sibling.project]) {
      const url = `http://${host.slug}.localhost:8787/sessions/whoami`;
      const answer = await createVisitor(env).send(url, { headers: { "X-Session-Token": mine.session.token } });
      expect(answer.status).toBe(host.id === mine.project.id ? 200 : 401);
    }
  });
});
