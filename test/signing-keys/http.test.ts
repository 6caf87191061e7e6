// Signing keys from outside: the published set, and the management API.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { createOperator, createProject, services, systemContext } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

let project: Project;
let url: string;
beforeAll(async () => {
  project = await createProject();
  url = `http://${project.slug}.localhost:8787/.well-known/jwks.json`;
});

const keySet = async (address = url) => {
  const answer = await createVisitor(env).get(address, { Accept: "application/json", Origin: "https://app.example" });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as { keys: Record<string, string>[] } };
};

test("T123: the key set of a project that has signed nothing is empty, not kept, and reading it writes nothing", async () => {
  const { status, headers, body } = await keySet();
  expect([status, body]).toEqual([200, { keys: [] }]);
  expect(headers.get("Cache-Control")).toBe("no-store");
  expect(await env.DB.prepare("SELECT count(*) AS n FROM signing_keys WHERE project_id = ?").bind(project.id).first("n")).toBe(0);
});

test("T123: it has kid, alg and use, no private member, may be kept for five minutes, and any page may read it", async () => {
  for (const alg of ["ES256", "RS256"] as const) await services().signingKeys.ensure(project.id, alg, systemContext);
  const { headers, body } = await keySet();
  expect(headers.get("Cache-Control")).toBe("public, max-age=300");
  expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
  expect(headers.get("Content-Type")).toMatch(/^application\/json/);
  expect(body.keys.map((key) => [key["alg"], key["use"], Object.keys(key).sort().join()])).toEqual(
    expect.arrayContaining([
      ["ES256", "sig", "alg,crv,kid,kty,use,x,y"],
      ["RS256", "sig", "alg,e,kid,kty,n,use"],
    ]),
  );
  for (const member of ["d", "p", "q", "dp", "dq", "qi", "k", "oth"]) {
    for (const key of body.keys) expect(key).not.toHaveProperty(member);
  }
});

test("T123: no other answer lets a foreign page read it", async () => {
  for (const path of ["/login", "/sessions/whoami", "/schemas", "/.well-known/jwks.json/x"]) {
    const answer = await createVisitor(env).get(new URL(path, url), { Origin: "https://app.example" });
    expect([path, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([path, null]);
  }
});

test("T123: a host that is no project's has no key set, and projects do not share theirs", async () => {
  expect((await createVisitor(env).get("http://nobody.localhost:8787/.well-known/jwks.json")).status).toBe(404);
  const other = await createProject();
  expect((await keySet(`http://${other.slug}.localhost:8787/.well-known/jwks.json`)).body.keys).toEqual([]);
});

test("the management API lists keys and rotates them; the private half is in no answer", async () => {
  const path = `/projects/${project.id}/signing-keys`;
  const before = await api("GET", path);
  expect(before.json.signing_keys.map((key: { alg: string; state: string }) => [key.alg, key.state]).sort()).toEqual([
    ["ES256", "active"],
    ["RS256", "active"],
  ]);
  const rotated = await api("POST", `${path}/rotate`, { body: { alg: "ES256" } });
  expect(rotated.status).toBe(200);
  const next = rotated.json.signing_keys.find((key: { state: string }) => key.state === "next");
  expect(Date.parse(next.activates_at)).toBeGreaterThan(Date.parse(next.created_at));
  expect((await keySet()).body.keys.map((key) => key["kid"])).toContain(next.kid);
  expect((await api("POST", `${path}/rotate`, { body: {} })).json.error).toMatchObject({ code: 409, id: "rotation_under_way" });
  const revoked = await api("POST", `${path}/rotate`, { body: { alg: "ES256", revoke_previous: true } });
  expect(revoked.json.signing_keys.map((key: { alg: string; state: string }) => [key.alg, key.state]).sort()).toEqual([
    ["ES256", "active"],
    ["RS256", "active"],
  ]);
  for (const { text } of [before, rotated, revoked]) expect(text).not.toMatch(/"(?:d|p|q|dp|dq|qi)":/);
});

test("T123: a private member that got into the stored public half is published nowhere", async () => {
  const fresh = await createProject();
  await services().signingKeys.ensure(fresh.id, "ES256", systemContext);
  await env.DB.prepare("UPDATE signing_keys SET public_key = json_set(public_key, '$.d', 'leak') WHERE project_id = ?")
    .bind(fresh.id)
    .run();
  const other = countingEnv(env);
  const address = `http://${fresh.slug}.localhost:8787/.well-known/jwks.json`;
  const published = await (await createVisitor(other.env).get(address)).text();
  const listed = await api("GET", `/projects/${fresh.id}/signing-keys`, { env: other.env });
  for (const text of [published, listed.text]) expect([text.includes('"kid"'), text.includes("leak")]).toEqual([true, false]);
});

test("bodies are strict, and an operator without rights over keys reads but does not rotate", async () => {
  const path = `/projects/${project.id}/signing-keys`;
  for (const body of [{ alg: "HS256" }, { alg: "none" }, { revoke_previous: "yes" }, { key: {} }]) {
    expect((await api("POST", `${path}/rotate`, { body })).status).toBe(422);
  }
  const cookie = { Cookie: `ory_session_ory=${await createOperator({ [project.id]: "editor" })}` };
  expect((await api("GET", path, { key: null, headers: cookie })).status).toBe(200);
  expect((await api("POST", `${path}/rotate`, { key: null, headers: cookie, body: {} })).status).toBe(403);
});
