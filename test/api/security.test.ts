// The shared battery: what holds for every management operation, walked from the OpenAPI document, so that an operation
// that is added is tested without anybody thinking of it.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { api, operatorCookie } from "../support/management.ts";
import {
  createApiKey,
  createConnection,
  createOperator,
  createOrganization,
  createProject,
  ROOT_KEY,
  services,
  systemContext,
} from "../support/seed.ts";

interface Operation {
  name: string;
  method: string;
  path: string;
  hasBody: boolean;
  inProject: boolean;
}

const document = (await api("GET", "/openapi.json", { key: null })).json;
const OPERATIONS: Operation[] = Object.entries(
  document.paths as Record<string, Record<string, { requestBody?: { content: object } }>>,
)
  .filter(([path]) => path.startsWith("/projects"))
  .flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      hasBody: "application/json" in (operation.requestBody?.content ?? {}),
      inProject: path.includes("{project_id}"),
    })),
  );

/** A project with one of everything that an operation's path can name. */
interface Estate {
  project: Project;
  ids: Record<string, string>;
  key: string;
}

async function estate(): Promise<Estate> {
  const project = await createProject();
  const organization = await createOrganization(project);
  const connection = await createConnection(project, { organizationId: organization.id });
  const { key } = await createApiKey(project);
  const spare = await createApiKey(project);
  return {
    project,
    key,
    ids: {
      project_id: project.id,
      organization_id: organization.id,
      connection_id: connection.id,
      api_key_id: spare.id,
    },
  };
}

const at = (operation: Operation, ids: Record<string, string>) =>
  operation.path.replaceAll(/\{(.+?)\}/g, (_, name: string) => ids[name] ?? `no-${name}`);

/** A body that the operation would accept. */
function bodyFor({ hasBody, method, path }: Operation): { body?: object } {
  if (!hasBody) return {};
  if (path === "/projects") return { body: { name: "x", slug: `x-${crypto.randomUUID().slice(0, 8)}` } };
  if (method === "POST" && path.endsWith("/connections")) {
    return { body: { issuer_url: "https://idp-a.test", client_id: "x", client_secret: "x" } };
  }
  if (path.endsWith("/move")) return { body: { database: 0 } };
  if (path.endsWith("/rotate-secret")) return { body: { client_secret: "x" } };
  if (path.includes("/operators/")) return { body: { role: "viewer" } };
  if (path.endsWith("/operator-invitations")) return { body: { email: "kim@operators.example", role: "viewer" } };
  return { body: /organizations|connections/.test(path) ? { label: "x" } : { name: "x" } };
}

let mine: Estate;
let theirs: Estate;
beforeAll(async () => {
  mine = await estate();
  theirs = await estate();
});

test("the document lists every operation of the contract", () => {
  const contract = [
    "DELETE /projects/{project_id}",
    "DELETE /projects/{project_id}/api-keys/{api_key_id}",
    "DELETE /projects/{project_id}/connections/{connection_id}",
    "DELETE /projects/{project_id}/organizations/{organization_id}",
    "GET /projects",
    "GET /projects/{project_id}",
    "GET /projects/{project_id}/api-keys",
    "GET /projects/{project_id}/api-keys/{api_key_id}",
    "GET /projects/{project_id}/connections",
    "GET /projects/{project_id}/connections/{connection_id}",
    "GET /projects/{project_id}/events",
    "GET /projects/{project_id}/organizations",
    "GET /projects/{project_id}/organizations/{organization_id}",
    "GET /projects/{project_id}/routing",
    "PATCH /projects/{project_id}",
    "PATCH /projects/{project_id}/connections/{connection_id}",
    "POST /projects",
    "POST /projects/{project_id}/api-keys",
    "POST /projects/{project_id}/connections",
    "POST /projects/{project_id}/connections/{connection_id}/check",
    "POST /projects/{project_id}/organizations",
    "PUT /projects/{project_id}/organizations/{organization_id}",
  ];
  expect(OPERATIONS.map((o) => o.name)).toEqual(expect.arrayContaining(contract));
});

describe.each(OPERATIONS)("$name", (operation) => {
  const send = (request: Parameters<typeof api>[2], ids = mine.ids) =>
    api(operation.method, at(operation, ids), { ...bodyFor(operation), ...request });

  const strangers: [who: string, headers: Record<string, string>][] = [
    ["nothing", {}],
    ["an empty bearer", { Authorization: "Bearer " }],
    ["a wrong key", { Authorization: "Bearer not-a-key-of-ours-0123456789abcdefghij" }],
    ["the root key with a character too many", { Authorization: `Bearer ${ROOT_KEY}x` }],
    ["the root key under another scheme", { Authorization: `Basic ${ROOT_KEY}` }],
    ["the root key without a scheme", { Authorization: ROOT_KEY }],
    ["the root key as session cookie", { Cookie: `ory_session_ory=${ROOT_KEY}` }],
    ["an unknown session", operatorCookie(`orgate_st_${"0".repeat(32)}${"a".repeat(43)}`)],
  ];
  for (const [who, headers] of strangers) {
    test(`T107: ${who} is a 401`, async () => {
      const answer = await send({ key: null, headers });
      expect([answer.status, answer.json.error.id]).toEqual([401, "unauthenticated"]);
      expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
      expect(answer.json.error.request).toBe(answer.headers.get("X-Request-Id"));
    });
  }

  test("T107: a well-formed unknown key, a revoked and an expired one are the same 401 (CVE-2026-47673)", async () => {
    const { key, id } = await createApiKey(mine.project);
    await services().apiKeys.revoke(mine.project.id, id, systemContext);
    const expiring = await createApiKey(mine.project);
    await env.DB.prepare("UPDATE api_keys SET expires_at = 1 WHERE id = ?").bind(expiring.id).run();
    const answers = [await send({ key }), await send({ key: expiring.key })];
    for (const answer of answers) {
      expect([answer.status, answer.json.error.id]).toEqual([401, "unauthenticated"]);
    }
  });

  test("an operator's cookie from a browser is a 403", async () => {
    const token = await createOperator({ [mine.project.id]: "owner" });
    for (const extra of [{ Origin: "http://localhost:8787" }, { "Sec-Fetch-Site": "same-origin" }]) {
      const answer = await send({ key: null, headers: { ...operatorCookie(token), ...extra } as Record<string, string> });
      expect([answer.status, answer.json.error.id]).toEqual([403, "browser_session_not_accepted"]);
    }
  });

  test("an operator's cookie from a program is accepted, also from Node, whose fetch sends Sec-Fetch-Mode", async () => {
    const token = await createOperator({ [mine.project.id]: "viewer" });
    const answer = await send({ key: null, headers: { ...operatorCookie(token), "Sec-Fetch-Mode": "cors" } });
    expect([401, "browser_session_not_accepted"]).not.toContain(answer.json?.error?.id ?? answer.status);
  });

  test("does not exist on another host", async () => {
    const { createApp } = await import("../../src/app.ts");
    const url = `http://${mine.project.slug}.localhost:8787${at(operation, mine.ids)}`;
    const request = new Request(url, { method: operation.method, headers: { Authorization: `Bearer ${ROOT_KEY}` } });
    expect((await createApp().fetch(request, env)).status).toBe(404);
  });

  if (operation.inProject) {
    test("T104: another project's key and operator get the 404 of a project that does not exist", async () => {
      const missing = await send({}, { ...mine.ids, project_id: crypto.randomUUID() });
      expect(missing.status).toBe(404);
      const stranger = operatorCookie(await createOperator({ [theirs.project.id]: "owner" }));
      for (const answer of [await send({ key: theirs.key }), await send({ key: null, headers: stranger })]) {
        expect(withoutRequest(answer.json)).toEqual(withoutRequest(missing.json));
        expect(answer.status).toBe(404);
      }
    });

    test("an operator without any grant gets a 404", async () => {
      const answer = await send({ key: null, headers: operatorCookie(await createOperator({})) });
      expect(answer.status).toBe(404);
    });

    if (/\{(organization|connection|api_key)_id\}/.test(operation.path)) {
      test("T104: an id of another project under one's own path is the 404 of an id that does not exist", async () => {
        const foreign = await send({ key: mine.key }, { ...theirs.ids, project_id: mine.project.id });
        const missing = await send({ key: mine.key }, { ...mine.ids, ...nowhere() });
        expect([foreign.status, missing.status]).toEqual([404, 404]);
        expect(withoutRequest(foreign.json)).toEqual(withoutRequest(missing.json));
      });
    }
  }

  if (operation.method !== "GET") {
    test("T105: a viewer gets a 403 and changes nothing (GHSA-gv74-j8m3-fg5f, CVE-2026-55106)", async () => {
      const viewer = operatorCookie(await createOperator({ [mine.project.id]: "viewer" }));
      const answer = await send({ key: null, headers: viewer });
      expect([answer.status, answer.json.error.id]).toEqual([403, "forbidden"]);
    });
  } else if (!operation.path.includes("api-keys")) {
    test("a viewer may look", async () => {
      const viewer = operatorCookie(await createOperator({ [mine.project.id]: "viewer" }));
      expect((await send({ key: null, headers: viewer })).status).not.toBe(403);
    });
  }

  if (operation.path.includes("api-keys") || operation.name === "DELETE /projects/{project_id}") {
    test("T105: an editor gets a 403", async () => {
      const editor = operatorCookie(await createOperator({ [mine.project.id]: "editor" }));
      expect((await send({ key: null, headers: editor })).status).toBe(403);
    });
  }

  if (operation.hasBody) {
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=latin1",
      "application/jsonp",
      "application/ld+json",
      "",
    ];
    test.each(types)("a body of type '%s' is a 415", async (type) => {
      const answer = await send({
        body: undefined,
        raw: new TextEncoder().encode("{}"),
        headers: type ? { "Content-Type": type } : {},
      });
      expect([answer.status, answer.json?.error.id]).toEqual([415, "unsupported_media_type"]);
    });

    test("T109: a body over 64 KiB is a 413, whatever its Content-Length says", async () => {
      const big = new TextEncoder().encode(JSON.stringify({ label: "x".repeat(64 * 1024) }));
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(big);
          controller.close();
        },
      });
      for (const raw of [big, stream]) {
        const answer = await send({ raw, headers: { "Content-Type": "application/json" } });
        expect([answer.status, answer.json.error.id]).toEqual([413, "body_too_large"]);
      }
    });

    test.each(["", "{", "{'a':1}", "\u0000"])("malformed JSON %j is a 400", async (raw) => {
      const answer = await send({ raw, headers: { "Content-Type": "application/json" } });
      expect([answer.status, answer.json.error.id]).toEqual([400, "malformed_json"]);
    });

    test("T62, T109: unknown, foreign and hostile fields are a 422, and no prototype is reached (Kratos-26.2.7)", async () => {
      for (const raw of [
        '{"nope":1}',
        '{"project_id":"x"}',
        '{"__proto__":{"polluted":1}}',
        '{"a":{"constructor":1}}',
        "[]",
        "null",
      ]) {
        const answer = await send({ raw, headers: { "Content-Type": "application/json; charset=utf-8" } });
        expect([raw, answer.status]).toEqual([raw, 422]);
      }
      expect("polluted" in {} || "message" in {} || "code" in {}).toBe(false);
    });
  }
});

test("a path that exists takes no other method", async () => {
  const answer = await api("DELETE", `/projects/${mine.project.id}/organizations`);
  expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "GET, POST"]);
  expect((await api("DELETE", `/projects/${mine.project.id}/organizations`, { key: null })).status).toBe(401);
});

test("GET /projects shows a credential what it reaches and nothing else", async () => {
  const ids = async (request: Parameters<typeof api>[2]) =>
    (await api("GET", "/projects?page_size=1000", request)).json.projects.map((p: { id: string }) => p.id);
  expect(await ids({ key: mine.key })).toEqual([mine.project.id]);
  const both = operatorCookie(await createOperator({ [mine.project.id]: "viewer", [theirs.project.id]: "owner" }));
  expect(await ids({ key: null, headers: both })).toEqual([mine.project.id, theirs.project.id]);
  expect(await ids({ key: null, headers: operatorCookie(await createOperator({})) })).toEqual([]);
  const all = operatorCookie(await createOperator({ all: "viewer" }));
  expect(await ids({ key: null, headers: all })).toEqual(await ids({}));
  expect(await ids({})).toContain(theirs.project.id);
});

test("a role in all projects applies to each, and creates projects from editor upwards", async () => {
  const body = (name: string) => ({ name, slug: `${name}-${crypto.randomUUID().slice(0, 8)}` });
  const attempts = async (role: "owner" | "editor" | "viewer") => {
    const headers = operatorCookie(await createOperator({ all: role }));
    const created = await api("POST", "/projects", { key: null, headers, body: body(role) });
    const put = await api("POST", `/projects/${mine.project.id}/organizations`, { key: null, headers, body: { label: "x" } });
    const keys = await api("GET", `/projects/${mine.project.id}/api-keys`, { key: null, headers });
    return [created.status, put.status, keys.status];
  };
  expect(await attempts("owner")).toEqual([201, 201, 200]);
  expect(await attempts("editor")).toEqual([201, 201, 403]);
  expect(await attempts("viewer")).toEqual([403, 403, 403]);
});

test("a project's key may neither create nor delete projects", async () => {
  const created = await api("POST", "/projects", { key: mine.key, body: { name: "x", slug: "x-by-key" } });
  const deleted = await api("DELETE", `/projects/${mine.project.id}`, { key: mine.key });
  expect([created.status, deleted.status]).toEqual([403, 403]);
});

test("an operator whose session has ended is a 401 at the next request", async () => {
  const token = await createOperator({ all: "owner" });
  expect((await api("GET", "/projects", { key: null, headers: operatorCookie(token) })).status).toBe(200);
  await env.DB.prepare("DELETE FROM sessions").run();
  expect((await api("GET", "/projects", { key: null, headers: operatorCookie(token) })).status).toBe(401);
});

test("T107: when D1 cannot answer, a key is a 503, never a 401", async () => {
  const { countingEnv } = await import("../support/counting.ts");
  const counted = countingEnv(env);
  counted.faults.d1 = "overloaded";
  const answer = await api("GET", "/projects", { key: mine.key, env: counted.env });
  expect([answer.status, answer.headers.has("Retry-After")]).toEqual([503, true]);
});

function nowhere(): Record<string, string> {
  return { organization_id: crypto.randomUUID(), connection_id: crypto.randomUUID(), api_key_id: crypto.randomUUID() };
}

// biome-ignore lint/suspicious/noExplicitAny: an error envelope
function withoutRequest(json: any) {
  return { ...json.error, request: undefined };
}
