// Projects, API keys and the audit log through the management API.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId } from "../../src/crypto/random.ts";
import { EVENT_TYPES } from "../../src/domain/events/event.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import {
  consoleProject,
  createApiKey,
  createConnection,
  createOperator,
  createOrganization,
  createProject,
  putIdentity,
  putSession,
} from "../support/seed.ts";

const slug = () => `s-${crypto.randomUUID().slice(0, 12)}`;

describe("projects", () => {
  test("are created with defaults, read, and changed", async () => {
    const name = slug();
    const created = await api("POST", "/projects", { body: { name: "Demo", slug: name } });
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      id: expect.any(String),
      slug: name,
      name: "Demo",
      hostnames: [],
      allowed_return_urls: [],
      session_lifespan: "24h",
      password_login: true,
      registration: true,
      branding: { accent_color: null, logo_url: null },
      created_at: expect.any(String),
      updated_at: created.json.created_at,
    });
    const change = {
      name: "New",
      hostnames: [`${name}.login.example`, `${name}.sso.example`],
      allowed_return_urls: ["https://app.example.com", "http://localhost:3000/done", "com.example.app:/done"],
      session_lifespan: "1h",
      password_login: false,
      registration: false,
    };
    const changed = await api("PATCH", `/projects/${created.json.id}`, { body: change });
    expect(changed.json).toMatchObject(change);
    const partial = await api("PATCH", `/projects/${created.json.id}`, { body: { registration: true } });
    expect(partial.json).toMatchObject({ ...change, registration: true });
    expect((await api("GET", `/projects/${created.json.id}`)).json).toEqual(partial.json);
  });

  const unacceptable: [body: object, field: string][] = [
    [{ name: "" }, "name"],
    [{ name: undefined }, "name"],
    [{ slug: "console" }, "slug"],
    [{ slug: "www" }, "slug"],
    [{ slug: "Big" }, "slug"],
    [{ slug: "-a" }, "slug"],
    [{ slug: "xn--a" }, "slug"],
    [{ slug: "a".repeat(41) }, "slug"],
    [{ hostnames: ["localhost"] }, "hostnames"],
    [{ hostnames: ["other.localhost"] }, "hostnames"],
    [{ hostnames: ["1.2.3.4"] }, "hostnames"],
    [{ hostnames: ["a b.example"] }, "hostnames"],
    [{ allowed_return_urls: ["http://app.example.com"] }, "allowed_return_urls"],
    [{ allowed_return_urls: ["javascript:alert(1)"] }, "allowed_return_urls"],
    [{ allowed_return_urls: ["myapp:/done"] }, "allowed_return_urls"],
    [{ allowed_return_urls: ["com.example.app:done"] }, "allowed_return_urls"],
    [{ allowed_return_urls: ["https://*.example.com"] }, "allowed_return_urls"],
    [{ allowed_return_urls: ["https://u:p@example.com"] }, "allowed_return_urls"],
    [{ allowed_return_urls: ["/path"] }, "allowed_return_urls"],
    [{ session_lifespan: "" }, "session_lifespan"],
    [{ session_lifespan: "10s" }, "session_lifespan"],
    [{ password_login: "yes" }, "password_login"],
    [{ id: "x" }, "id"],
  ];
  test.each(unacceptable)("%j is a 422 naming %s", async (body, field) => {
    const answer = await api("POST", "/projects", { body: { name: "x", slug: slug(), ...body } });
    expect([answer.status, Object.keys(answer.json.error.details)]).toEqual([422, [field]]);
  });

  test("a slug is taken once, of 10 simultaneous creations too, and cannot be changed", async () => {
    const name = slug();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api("POST", "/projects", { body: { name: "x", slug: name } })),
    );
    expect(answers.map((a) => a.status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(answers.find((a) => a.status === 409)?.json.error).toMatchObject({ id: "slug_taken", details: { slug: {} } });
    const { id } = answers.find((a) => a.status === 201)?.json ?? {};
    expect((await api("PATCH", `/projects/${id}`, { body: { slug: slug() } })).status).toBe(422);
  });

  test("a host name belongs to one project; the failed change changes nothing", async () => {
    const hostname = `${slug()}.example`;
    await createProject({ hostnames: [hostname] });
    const project = await createProject();
    const answer = await api("PATCH", `/projects/${project.id}`, {
      body: { name: "After", hostnames: ["free.example", hostname] },
    });
    expect([answer.status, answer.json.error.id]).toEqual([409, "hostname_taken"]);
    expect(answer.json.error.details.hostnames.path).toBe("hostnames[1]");
    expect((await api("GET", `/projects/${project.id}`)).json).toMatchObject({ name: project.name, hostnames: [] });
  });

  test("T110: If-Match with a revision that has moved is a 409", async () => {
    const project = await createProject();
    const headers = { "If-Match": '"1"' };
    expect((await api("PATCH", `/projects/${project.id}`, { headers, body: { name: "A" } })).status).toBe(200);
    expect((await api("PATCH", `/projects/${project.id}`, { headers, body: { name: "B" } })).json.error.id).toBe(
      "revision_conflict",
    );
    expect((await api("PATCH", `/projects/${project.id}`, { headers: { "If-Match": "x" }, body: { name: "B" } })).status).toBe(
      409,
    );
  });

  test("deleting one removes every row of it and no other project's", async () => {
    await consoleProject();
    const project = await createProject({ hostnames: [`${slug()}.example`] });
    const other = await createProject();
    for (const p of [project, other]) {
      const organization = await createOrganization(p, { domains: ["acme.example"] });
      const connection = await createConnection(p, { organizationId: organization.id });
      const person = await putIdentity(p.id, { email: "a@acme.example", organizationId: organization.id });
      await putSession(p.id, person, connection);
      await createApiKey(p);
      await createOperator({ [p.id]: "owner" });
    }
    expect((await api("DELETE", `/projects/${project.id}`)).status).toBe(204);
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%project_id%'",
    ).all<{ name: string }>();
    expect(results.length).toBeGreaterThan(12);
    for (const { name } of results) {
      const left = await env.DB.prepare(`SELECT count(*) AS n FROM ${name} WHERE project_id = ?`).bind(project.id).first("n");
      expect([name, left]).toEqual([name, 0]);
    }
    expect((await api("GET", `/projects/${project.id}`)).status).toBe(404);
    expect((await api("GET", `/projects/${other.id}/organizations`)).json.organizations).toHaveLength(1);
    const log = (await api("GET", `/projects/${(await consoleProject()).id}/events?type=project.deleted`)).json.events;
    expect(log).toMatchObject([{ details: { project_id: project.id, slug: project.slug }, actor: { type: "root_key" } }]);
  });

  test("the console project and the default project cannot be deleted", async () => {
    const demo = await createProject({ slug: env.DEFAULT_PROJECT });
    for (const { id } of [demo, await consoleProject()]) {
      const answer = await api("DELETE", `/projects/${id}`);
      expect([answer.status, answer.json.error.id]).toEqual([409, "project_protected"]);
      expect((await api("GET", `/projects/${id}`)).status).toBe(200);
    }
  });
});

describe("API keys", () => {
  test("T107: are shown once, kept as a digest, and reach their project until they are revoked", async () => {
    const project = await createProject();
    const path = `/projects/${project.id}/api-keys`;
    const created = await api("POST", path, { body: { name: "CI" } });
    expect(created.status).toBe(201);
    const { key, id, prefix } = created.json;
    expect(key).toMatch(/^orgate_pk_/);
    expect(key.startsWith(prefix)).toBe(true);
    const listed = await api("GET", path, { key });
    expect(listed.json.api_keys).toMatchObject([{ id, name: "CI", prefix, expires_at: null }]);
    expect(listed.text).not.toContain(key);
    const stored = await env.DB.prepare("SELECT * FROM api_keys WHERE id = ?").bind(id).first();
    expect(JSON.stringify(stored)).not.toContain(key);
    expect((await api("GET", `/projects/${project.id}/events`)).text).not.toContain(key);
    expect((await api("DELETE", `${path}/${id}`)).status).toBe(204);
    expect((await api("GET", path, { key })).status).toBe(401);
    expect((await api("DELETE", `${path}/${id}`)).status).toBe(404);
  });

  test("expire", async () => {
    const project = await createProject();
    const path = `/projects/${project.id}/api-keys`;
    for (const expires_at of ["2020-01-01T00:00:00Z", "soon", "2027-01-01", 1]) {
      const answer = await api("POST", path, { body: { name: "x", expires_at } });
      expect([answer.status, Object.keys(answer.json.error.details)]).toEqual([422, ["expires_at"]]);
    }
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const { json } = await api("POST", path, { body: { name: "x", expires_at: future } });
    expect(json.expires_at).toBe(future);
    expect((await api("GET", path, { key: json.key })).status).toBe(200);
    await env.DB.prepare("UPDATE api_keys SET expires_at = 1 WHERE id = ?").bind(json.id).run();
    expect((await api("GET", path, { key: json.key })).status).toBe(401);
  });

  test("last_used_at is written at most once an hour", async () => {
    const project = await createProject();
    const { key, id } = await createApiKey(project);
    const used = () => env.DB.prepare("SELECT last_used_at FROM api_keys WHERE id = ?").bind(id).first<number>("last_used_at");
    const call = () => api("GET", `/projects/${project.id}`, { key });
    await call();
    await expect.poll(used, { timeout: 20_000 }).toBeGreaterThan(0);
    const first = await used();
    const counted = countingEnv(env);
    await api("GET", `/projects/${project.id}`, { key, env: counted.env });
    expect(counted.d1.roundTrips).toBe(2); // the key, the project
    expect(await used()).toBe(first);
    await env.DB.prepare("UPDATE api_keys SET last_used_at = last_used_at - 3600001 WHERE id = ?").bind(id).run();
    await call();
    await expect.poll(used, { timeout: 20_000 }).toBeGreaterThanOrEqual(first ?? 0);
  });
});

describe("the audit log", () => {
  test("T111: records who did what, when, where, under the request id of the answer", async () => {
    const project = await createProject();
    const { key, id } = await createApiKey(project);
    const headers = { "CF-Connecting-IP": "203.0.113.9", "X-Forwarded-For": "198.51.100.1" };
    const made = await api("POST", `/projects/${project.id}/organizations`, {
      key,
      headers,
      body: { label: "Acme\u2028", domains: [] },
    });
    expect(made.status).toBe(201);
    const { events } = (await api("GET", `/projects/${project.id}/events`)).json;
    expect(events.map((e: { type: string }) => e.type)).toEqual(["organization.created", "api_key.created", "project.created"]);
    expect(events[0]).toEqual({
      id: expect.any(String),
      reference: expect.stringMatching(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/),
      project_id: project.id,
      type: "organization.created",
      actor: { type: "api_key", id },
      organization_id: made.json.id,
      connection_id: null,
      identity_id: null,
      reason: null,
      request_id: made.headers.get("X-Request-Id"),
      ip_address: "203.0.113.9",
      details: { label: "Acme", domains: [] },
      created_at: made.json.created_at,
    });
  });

  test("pages newest first and filters by type and organization", async () => {
    const project = await createProject();
    const [a, b] = [await createOrganization(project), await createOrganization(project)];
    await api("PUT", `/projects/${project.id}/organizations/${a.id}`, { body: { label: "x" } });
    await api("PUT", `/projects/${project.id}/organizations/${b.id}`, { body: { label: "y" } });
    const list = async (query: string) => (await api("GET", `/projects/${project.id}/events?${query}`)).json;
    const seen: string[] = [];
    let token = "";
    do {
      const page = await list(`page_size=2&page_token=${token}`);
      seen.push(...page.events.map((e: { id: string }) => e.id));
      token = page.next_page_token;
    } while (token);
    expect(seen).toHaveLength(5);
    expect(seen).toEqual([...seen].sort().reverse());
    expect((await list("type=organization.updated")).events).toHaveLength(2);
    expect((await list(`type=organization.updated&organization_id=${a.id}`)).events).toMatchObject([{ organization_id: a.id }]);
    expect((await list(`organization_id=${b.id}`)).events).toHaveLength(2);
    const unknown = await api("GET", `/projects/${project.id}/events?type=nope`);
    expect([unknown.status, Object.keys(unknown.json.error.details)]).toEqual([422, ["type"]]);
    for (const type of EVENT_TYPES) expect((await api("GET", `/projects/${project.id}/events?type=${type}`)).status).toBe(200);
  });

  test("a filtered page reads a bounded number of rows and goes on where it stopped", async () => {
    const project = await createProject();
    const start = 1_700_000_000_000;
    const rows = Array.from({ length: 6000 }, (_, i) => ({
      id: newId(start + i),
      type: i === 0 ? "login.refused" : "login.succeeded",
    }));
    await env.DB.prepare("DELETE FROM events WHERE project_id = ?").bind(project.id).run();
    await env.DB.prepare(
      "INSERT INTO events (project_id, id, type, actor_type, request_id, created_at) SELECT ?, value ->> 'id', value ->> 'type', 'system', 'r', 0 FROM json_each(?)",
    )
      .bind(project.id, JSON.stringify(rows))
      .run();
    const found: string[] = [];
    const reads: number[] = [];
    let token = "";
    let pages = 0;
    do {
      const counted = countingEnv(env, { measureRows: true });
      const page = (
        await api("GET", `/projects/${project.id}/events?type=login.refused&page_token=${token}`, { env: counted.env })
      ).json;
      found.push(...page.events.map((e: { id: string }) => e.id));
      reads.push(counted.d1.rowsRead);
      token = page.next_page_token;
    } while (token && ++pages < 10);
    expect(found).toEqual([rows[0]?.id]);
    expect(reads).toHaveLength(3);
    expect(Math.max(...reads)).toBeLessThanOrEqual(5010);
  });
});
