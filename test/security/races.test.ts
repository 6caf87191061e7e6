// The hammer: everything that may happen once, asked for many times at the same moment. Exactly one request wins, the others
// hear a clear no, the audit log has one event, and nothing is left half done.

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createScene, person } from "../login/scene.ts";
import { api } from "../support/management.ts";
import {
  consoleProject,
  createApiKey,
  createConnection,
  createOrganization,
  createProject,
  putIdentity,
  putSession,
  ROOT_KEY,
} from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
const TIMES = 12;

interface Race {
  /** One request of the race; `i` counts them. */
  request(i: number): Promise<{ status: number }>;
  won: number;
  lost: number[];
  /** How many rows there must be afterwards, by a query bound to the project's id. */
  rows?: [sql: string, count: number];
  /** Type of the audit event of which there must be exactly one. */
  event: string;
  project: { id: string; slug: string };
}

const root = { Authorization: `Bearer ${ROOT_KEY}` };
const onHost = (project: { slug: string }, method: string, path: string, body?: object, headers: Record<string, string> = root) =>
  createVisitor(env).send(`http://${project.slug}.localhost:8787${path}`, {
    method,
    headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

const RACES: Record<string, () => Promise<Race>> = {
  "T110: one slug": async () => {
    const project = await createProject();
    const slug = `one-${crypto.randomUUID().slice(0, 8)}`;
    return {
      request: (i) => api("POST", "/projects", { body: { name: `P${i}`, slug } }),
      won: 201,
      lost: [409],
      event: "project.created",
      project: { id: "by slug", slug },
      rows: [`SELECT count(*) AS n FROM projects WHERE slug = '${slug}' AND ?1 <> '${project.id}'`, 1],
    };
  },
  "T110: one host name, of two projects": async () => {
    const projects = [await createProject(), await createProject()];
    const hostname = `login.${crypto.randomUUID().slice(0, 8)}.example`;
    return {
      request: (i) => api("PATCH", `/projects/${projects[i % 2]?.id}`, { body: { hostnames: [hostname] } }),
      won: 200,
      lost: [200, 409],
      event: "",
      project: projects[0] as { id: string; slug: string },
      rows: [`SELECT count(*) AS n FROM project_hostnames WHERE hostname = '${hostname}' AND ?1 <> ''`, 1],
    };
  },
  "T49: one domain, moved by two organizations": async () => {
    const project = await createProject();
    const organizations = [await createOrganization(project), await createOrganization(project)];
    const put = (i: number) => `/projects/${project.id}/organizations/${organizations[i % 2]?.id}`;
    return {
      request: (i) => api("PUT", put(i), { body: { domains: ["raced.example"] } }),
      won: 200,
      lost: [200, 409],
      event: "",
      project,
      rows: ["SELECT count(*) AS n FROM organization_domains WHERE project_id = ?1 AND domain = 'raced.example'", 1],
    };
  },
  "T110: one e-mail address, by the admin API": async () => {
    const project = await createProject();
    const spellings = ["kim@raced.example", "KIM@raced.example", "kim@RACED.example"];
    return {
      request: (i) => onHost(project, "POST", "/admin/identities", { traits: { email: spellings[i % 3] } }),
      won: 201,
      lost: [409],
      event: "identity.created",
      project,
      rows: ["SELECT count(*) AS n FROM identities WHERE project_id = ?1", 1],
    };
  },
  "T110: one deletion of a project, with its event in the console's log": async () => {
    const project = await createProject();
    await consoleProject();
    const logged = "type = 'project.deleted' AND details ->> 'project_id' = ?1";
    return {
      request: () => api("DELETE", `/projects/${project.id}`),
      won: 204,
      lost: [404],
      event: "",
      project,
      rows: [`SELECT count(*) AS n FROM events WHERE ${logged}`, 1],
    };
  },
  "T110: one deletion of an organization": async () => {
    const project = await createProject();
    const { id } = await createOrganization(project, { domains: ["deleted.example"] });
    return {
      request: () => api("DELETE", `/projects/${project.id}/organizations/${id}`),
      won: 204,
      lost: [404],
      event: "organization.deleted",
      project,
    };
  },
  "T110: one deletion of a connection": async () => {
    const project = await createProject();
    const { id } = await createConnection(project);
    return {
      request: () => api("DELETE", `/projects/${project.id}/connections/${id}`),
      won: 204,
      lost: [404],
      event: "connection.deleted",
      project,
    };
  },
  "T107, T110: one revocation of an API key": async () => {
    const project = await createProject();
    const { id } = await createApiKey(project);
    return {
      request: () => api("DELETE", `/projects/${project.id}/api-keys/${id}`),
      won: 204,
      lost: [404],
      event: "api_key.revoked",
      project,
    };
  },
  "T110: one deletion of an identity": async () => {
    const project = await createProject();
    const id = await putIdentity(project.id, { email: "kim@raced.example" });
    await putSession(project.id, id);
    return {
      request: () => onHost(project, "DELETE", `/admin/identities/${id}`),
      won: 204,
      lost: [404],
      event: "identity.deleted",
      project,
      rows: ["SELECT count(*) AS n FROM identities WHERE project_id = ?1", 0],
    };
  },
  "T110: one revocation of a session by an operator": async () => {
    const project = await createProject();
    await putSession(project.id, await putIdentity(project.id, { email: "kim@raced.example" }));
    const id = await env.DB.prepare("SELECT id FROM sessions WHERE project_id = ?").bind(project.id).first<string>("id");
    return {
      request: () => onHost(project, "DELETE", `/admin/sessions/${id}`),
      won: 204,
      lost: [404],
      event: "session.revoked",
      project,
    };
  },
  "T110: one revocation of all of a person's sessions": async () => {
    const project = await createProject();
    const identity = await putIdentity(project.id, { email: "kim@raced.example" });
    await putSession(project.id, identity);
    return {
      request: () => onHost(project, "DELETE", `/admin/identities/${identity}/sessions`),
      won: 204,
      lost: [204],
      event: "session.revoked",
      project,
      rows: ["SELECT count(*) AS n FROM sessions WHERE project_id = ?1", 0],
    };
  },
  "T90, T110: one logout": async () => {
    const project = await createProject();
    const token = await putSession(project.id, await putIdentity(project.id, { email: "kim@raced.example" }));
    return {
      request: () => onHost(project, "DELETE", "/self-service/logout/api", { session_token: token }, {}),
      won: 204,
      lost: [204],
      event: "logout.succeeded",
      project,
      rows: ["SELECT count(*) AS n FROM sessions WHERE project_id = ?1", 0],
    };
  },
  "T110: one change of a project, of those that name the revision": async () => {
    const project = await createProject();
    const headers = { "If-Match": '"1"' };
    return {
      request: (i) => api("PATCH", `/projects/${project.id}`, { body: { name: `Name ${i}` }, headers }),
      won: 200,
      lost: [409],
      event: "project.updated",
      project,
    };
  },
  "T110: one change of a connection, of those that name the revision": async () => {
    const project = await createProject();
    const { id } = await createConnection(project);
    const headers = { "If-Match": '"1"' };
    const path = `/projects/${project.id}/connections/${id}`;
    return {
      request: (i) => api("PATCH", path, { body: { label: `Label ${i}` }, headers }),
      won: 200,
      lost: [409],
      event: "connection.updated",
      project,
    };
  },
};

test.each(Object.entries(RACES))(`%s, asked for ${TIMES} times at once`, async (_name, prepare) => {
  const race = await prepare();
  const answers = await Promise.all(Array.from({ length: TIMES }, (_, i) => race.request(i)));
  const statuses = answers.map((answer) => answer.status);
  expect(statuses).toContain(race.won);
  const rest = statuses.toSpliced(statuses.indexOf(race.won), 1);
  expect(rest.filter((status) => !race.lost.includes(status))).toEqual([]);
  if (race.rows) {
    const [sql, count] = race.rows;
    expect(await env.DB.prepare(sql).bind(race.project.id).first("n")).toBe(count);
  }
  if (race.event) {
    const sql =
      "SELECT count(*) AS n FROM events WHERE type = ?2 AND project_id IN (SELECT id FROM projects WHERE id = ?1 OR slug = ?3)";
    const { id, slug } = race.project;
    expect(await env.DB.prepare(sql).bind(id, race.event, slug).first("n")).toBe(1);
  }
});

describe("deletions against logins and writes", () => {
  let restore: (() => void) | undefined;
  afterEach(() => restore?.());

  test("T58: an organization that is deleted while its people's callbacks arrive leaves none of them signed in", async () => {
    const scene = await createScene();
    restore = scene.network.restore;
    const { organization, connection, domain } = scene.a;
    const people = Array.from({ length: 16 }, () => createVisitor(env));
    const callbacks: URL[] = [];
    for (const [i, visitor] of people.entries()) {
      callbacks.push(await scene.idpA.authorize(await scene.start(connection, visitor), person(domain, `p${i}`)));
    }
    const sent = people.map(async (visitor, i) => {
      await pause(i % 4);
      return await visitor.get(callbacks[i] ?? "");
    });
    await pause(2);
    const deleted = await api("DELETE", `/projects/${scene.project.id}/organizations/${organization.id}`);
    expect(deleted.status).toBe(204);
    await Promise.all(sent);
    for (const visitor of people) expect((await scene.whoami(visitor)).status).toBe(401);
    const left = (table: string) =>
      env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE organization_id = ?`).bind(organization.id).first("n");
    expect([await left("sessions"), await left("oidc_credentials"), await left("connections"), await left("identities")]).toEqual(
      [0, 0, 0, 0],
    );
  });

  test("T58: a project that is deleted while everything of it is being written leaves no row", async () => {
    const scene = await createScene();
    restore = scene.network.restore;
    const { project } = scene;
    const { key } = await createApiKey(project);
    const visitor = createVisitor(env);
    const callback = await scene.idpA.authorize(await scene.start(scene.a.connection, visitor), person(scene.a.domain));
    const path = `/projects/${project.id}`;
    const writes = [
      () => api("POST", `${path}/organizations`, { body: { label: "late", domains: ["late.example"] } }),
      () => api("POST", `${path}/organizations`, { body: { label: "late" }, key }),
      () => api("POST", `${path}/connections`, { body: { issuer_url: "https://late.test", client_id: "x", client_secret: "x" } }),
      () => api("POST", `${path}/api-keys`, { body: { name: "late" } }),
      () => api("PATCH", path, { body: { hostnames: [`late-${project.slug}.example`] } }),
      () => api("PUT", `${path}/organizations/${scene.a.organization.id}`, { body: { domains: ["moved.example"] } }),
      () => onHost(project, "POST", "/admin/identities", { traits: { email: "late@elsewhere.example" } }),
      () => visitor.get(callback),
    ];
    const sent = writes.map(async (write, i) => {
      await pause(i % 3);
      return (await write()).status;
    });
    await pause(1);
    expect((await api("DELETE", path)).status).toBe(204);
    expect((await Promise.all(sent)).filter((status) => status >= 500)).toEqual([]);
    const tables = await env.DB.prepare(
      "SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'project_id' WHERE m.type = 'table'",
    ).all<{ name: string }>();
    expect(tables.results.length).toBeGreaterThan(10);
    for (const { name } of tables.results) {
      const rows = await env.DB.prepare(`SELECT * FROM ${name} WHERE project_id = ?`).bind(project.id).all();
      expect([name, rows.results]).toEqual([name, []]);
    }
  });
});

/** Lets `turns` turns of the event loop go by, so that requests overlap in different places. */
async function pause(turns: number): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
