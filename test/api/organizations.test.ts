// Organizations through the management API.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { countingEnv } from "../support/counting.ts";
import { type ApiAnswer, api, operatorCookie } from "../support/management.ts";
import {
  createApiKey,
  createConnection,
  createOperator,
  createOrganization,
  createProject,
  putIdentity,
  putSession,
  services,
} from "../support/seed.ts";

const organizationsOf = (project: { id: string }) => `/projects/${project.id}/organizations`;

async function create(project: Project, domains: string[], label = "Acme") {
  return await api("POST", organizationsOf(project), { body: { label, domains } });
}

describe("the documented curl lines", () => {
  for (const credential of ["bearer key", "operator cookie"]) {
    test(`create, list and delete with ${credential}`, async () => {
      const project = await createProject();
      const headers: Record<string, string> = { "Content-Type": "application/json" };
      let key: string | null = null;
      if (credential === "bearer key") key = (await createApiKey(project)).key;
      else Object.assign(headers, operatorCookie(await createOperator({ [project.id]: "editor" })));
      const raw = '{\n"domains": [\n"my.example.com"\n],\n"label": "My Organization"\n}';
      const created = await api("POST", organizationsOf(project), { key, headers, raw });
      expect(created.status).toBe(201);
      expect(created.json).toMatchObject({ project_id: project.id, label: "My Organization", domains: ["my.example.com"] });
      const listed = await api("GET", organizationsOf(project), { key, headers });
      expect(listed.json).toEqual({ organizations: [created.json], next_page_token: "", has_next_page: false });
      const deleted = await api("DELETE", `${organizationsOf(project)}/${created.json.id}`, { key, headers });
      expect([deleted.status, deleted.text]).toEqual([204, ""]);
    });
  }
});

describe("create", () => {
  test("answers 201 with every field and an entity tag", async () => {
    const project = await createProject();
    const answer = await api("POST", organizationsOf(project), {
      body: { label: "  Acme  ", domains: ["acme.example"], session_lifespan: "12h" },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("ETag")).toBe('"1"');
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      project_id: project.id,
      label: "Acme",
      domains: ["acme.example"],
      session_lifespan: "12h",
      state: "enabled",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: answer.json.created_at,
    });
    const got = await api("GET", `${organizationsOf(project)}/${answer.json.id}`);
    expect(got.json).toEqual({ organization: answer.json });
  });

  test("T52: domains are stored in canonical form, in the order given, and duplicates collapse", async () => {
    const project = await createProject();
    const answer = await create(project, ["B.Example", " a.example ", "ａ.example", "b.EXAMPLE", "bücher.example"]);
    expect(answer.json.domains).toEqual(["b.example", "a.example", "xn--bcher-kva.example"]);
  });

  const unclaimable: [domain: string, code: string][] = [
    ["com", "single_label"],
    ["co.uk", "public_suffix"],
    ["github.io", "public_suffix"],
    ["gmail.com", "freemail"],
    ["localhost", "single_label"],
    ["1.2.3.4", "ip_address"],
    ["[::1]", "forbidden_character"],
    ["xn--a.example", "invalid_label"],
  ];
  for (const [domain, code] of unclaimable) {
    test(`T50: ${domain} cannot be claimed`, async () => {
      const project = await createProject();
      const answer = await create(project, ["fine.example", domain]);
      expect(answer.status).toBe(422);
      expect(answer.json.error.details.domains).toMatchObject({ path: "domains[1]", code });
      expect((await api("GET", organizationsOf(project))).json.organizations).toEqual([]);
    });
  }

  const unacceptable: [what: string, body: unknown, field: string, code: string][] = [
    ["no label", { domains: [] }, "label", "required"],
    ["a blank label", { label: "  " }, "label", "required"],
    ["a label of 257 characters", { label: "x".repeat(257) }, "label", "too_long"],
    ["a label with a line break", { label: "a\nb" }, "label", "forbidden_character"],
    ["a label that is no text", { label: 1 }, "label", "invalid_type"],
    ["an unknown field", { label: "a", owner: "x" }, "owner", "unknown_field"],
    ["101 domains", { label: "a", domains: Array.from({ length: 101 }, (_, i) => `d${i}.example`) }, "domains", "too_many"],
    ["domains that are no list", { label: "a", domains: "a.example" }, "domains", "invalid_type"],
    ["a lifespan in days", { label: "a", session_lifespan: "1d" }, "session_lifespan", "duration_invalid"],
    ["a lifespan under a minute", { label: "a", session_lifespan: "59s" }, "session_lifespan", "duration_out_of_range"],
    ["a lifespan over a year", { label: "a", session_lifespan: "8761h" }, "session_lifespan", "duration_out_of_range"],
    ["a state that does not exist", { label: "a", state: "paused" }, "state", "invalid_value"],
    ["a list as body", [], "body", "invalid_type"],
    ["T109: a __proto__ key", JSON.parse('{"label":"a","__proto__":{"x":1}}'), "__proto__", "unknown_field"],
    ["T109: a constructor key", { label: "a", constructor: 1 }, "constructor", "unknown_field"],
  ];
  for (const [what, body, field, code] of unacceptable) {
    test(`refuses ${what}, naming ${field}`, async () => {
      const project = await createProject();
      const answer = await api("POST", organizationsOf(project), { body });
      expect(answer.status).toBe(422);
      expect(answer.json.error.details[field]).toMatchObject({ code });
    });
  }

  test("100 domains are stored in one request", async () => {
    const project = await createProject();
    const domains = Array.from({ length: 100 }, (_, i) => `d${i}.example`);
    expect((await create(project, domains)).json.domains).toEqual(domains);
  });

  test("T47: a taken domain is a 409 that names the domain asked for and nothing of its owner", async () => {
    const project = await createProject();
    const owner = await create(project, ["a.test"], "Secret Owner");
    const answer = await create(project, ["free.example", "A.TEST"], "Other");
    expect(answer.status).toBe(409);
    expect(answer.json.error).toMatchObject({ id: "domain_taken", details: { domains: { path: "domains[1]" } } });
    expect(answer.text).toContain("a.test");
    expect(answer.text).not.toContain(owner.json.id);
    expect(answer.text).not.toContain("Secret Owner");
    expect((await create(project, ["free.example"])).status).toBe(201);
  });

  test("the same domain may be claimed in another project", async () => {
    expect((await create(await createProject(), ["shared.example"])).status).toBe(201);
    expect((await create(await createProject(), ["shared.example"])).status).toBe(201);
  });

  test("T49: of 20 simultaneous claims one wins and the losers change nothing", async () => {
    const project = await createProject();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => create(project, [`only-${i}.example`, "race.example"], `Org ${i}`)),
    );
    expect(answers.filter((a) => a.status === 201)).toHaveLength(1);
    expect(answers.filter((a) => a.status === 409)).toHaveLength(19);
    const { organizations } = (await api("GET", organizationsOf(project))).json;
    expect(organizations).toHaveLength(1);
    expect(organizations[0].domains).toContain("race.example");
    const events = (await api("GET", `/projects/${project.id}/events?type=organization.created`)).json.events;
    expect(events).toHaveLength(1);
  });
});

describe("list", () => {
  test("pages in the order of creation, without gaps or repetition", async () => {
    const project = await createProject();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push((await createOrganization(project, { domains: [`p${i}.example`] })).id);
    const seen: string[] = [];
    let token = "";
    for (const expected of [3, 3, 1]) {
      const page = (await api("GET", `${organizationsOf(project)}?page_size=3&page_token=${token}`)).json;
      expect(page.organizations).toHaveLength(expected);
      expect(page.organizations.every((o: { domains: string[] }) => o.domains.length === 1)).toBe(true);
      seen.push(...page.organizations.map((o: { id: string }) => o.id));
      expect(page.has_next_page).toBe(expected === 3);
      token = page.next_page_token;
    }
    expect(token).toBe("");
    expect(seen).toEqual(ids);
  });

  test("filters by domain in any spelling", async () => {
    const project = await createProject();
    const acme = await createOrganization(project, { domains: ["acme.example", "acme.test"] });
    await createOrganization(project, { domains: ["globex.example"] });
    const found = (await api("GET", `${organizationsOf(project)}?domain=ACME.test`)).json.organizations;
    expect(found.map((o: { id: string }) => o.id)).toEqual([acme.id]);
    expect(found[0].domains).toEqual(["acme.example", "acme.test"]);
    expect((await api("GET", `${organizationsOf(project)}?domain=sub.acme.test`)).json.organizations).toEqual([]);
  });

  test("a search finds the beginning of labels and domains, in the order of labels, page by page", async () => {
    const project = await createProject();
    const put = (label: string, domains: string[], state?: "disabled") =>
      createOrganization(project, { label, domains, ...(state ? { state } : {}) });
    await put("zeta", ["acme-z.example", "acme-y.example"]);
    await put("Acme", ["one.example"]);
    await put("acme two", ["two.example"], "disabled");
    await put("Other", ["other.example"]);
    const list = async (query: string) => {
      const seen: string[] = [];
      let token: string | undefined = "";
      while (token !== undefined) {
        const path = `${organizationsOf(project)}?page_size=2&${query}&page_token=${token}`;
        const { json: page }: ApiAnswer = await api("GET", path);
        expect(page.organizations.length).toBeLessThanOrEqual(2);
        seen.push(...page.organizations.map((o: { label: string }) => o.label));
        token = page.has_next_page ? page.next_page_token : undefined;
      }
      return seen;
    };
    expect(await list("search=ACME")).toEqual(["Acme", "acme two", "zeta"]);
    expect(await list("search=acme-Z")).toEqual(["zeta"]);
    expect(await list("search=ada%40two.example")).toEqual(["acme two"]);
    expect(await list("search=cme")).toEqual([]);
    expect(await list("state=enabled")).toEqual(["Acme", "Other", "zeta"]);
    expect(await list("search=acme&state=disabled")).toEqual(["acme two"]);
  });

  const bad: [query: string, field: string][] = [
    ["page_size=0", "page_size"],
    ["page_size=1001", "page_size"],
    ["page_size=ten", "page_size"],
    ["page_size=1.5", "page_size"],
    ["page_size=1&page_size=2", "page_size"],
    ["page_token=garbage", "page_token"],
    ["page_token=%00", "page_token"],
    ["page_token=a&page_token=b", "page_token"],
    ["domain=a%20b", "domain"],
    ["state=paused", "state"],
    [`search=${"x".repeat(321)}`, "search"],
    ["search=a&search=b", "search"],
    ["search=a&domain=a.example", "domain"],
    ["search=a&page_token=garbage", "page_token"],
  ];
  for (const [query, field] of bad) {
    test(`?${query} is a 422 naming ${field}`, async () => {
      const answer = await api("GET", `${organizationsOf(await createProject())}?${query}`);
      expect(answer.status).toBe(422);
      expect(Object.keys(answer.json.error.details)).toEqual([field]);
    });
  }

  test("T104: a page token of another project is refused; unknown parameters are ignored", async () => {
    const [mine, theirs] = [await createProject(), await createProject()];
    for (let i = 0; i < 2; i++) await createOrganization(theirs);
    const { next_page_token } = (await api("GET", `${organizationsOf(theirs)}?page_size=1&x=1`)).json;
    expect((await api("GET", `${organizationsOf(theirs)}?page_token=${next_page_token}`)).status).toBe(200);
    expect((await api("GET", `${organizationsOf(mine)}?page_token=${next_page_token}`)).status).toBe(422);
  });

  test("takes the same number of D1 round trips for 1 and for 40 organizations, and reads in proportion to the page", async () => {
    const costs: { roundTrips: number; rowsRead: number }[] = [];
    for (const [count, size] of [
      [1, 1],
      [40, 40],
      [40, 10],
    ] as const) {
      const project = await createProject();
      for (let i = 0; i < count; i++) {
        await createOrganization(project, { domains: [`a${i}.example`, `b${i}.example`] });
      }
      const counted = countingEnv(env, { measureRows: true });
      const answer = await api("GET", `${organizationsOf(project)}?page_size=${size}`, { env: counted.env });
      expect(answer.json.organizations).toHaveLength(Math.min(count, size));
      costs.push({ roundTrips: counted.d1.roundTrips, rowsRead: counted.d1.rowsRead });
    }
    expect(costs.map((c) => c.roundTrips)).toEqual([2, 2, 2]); // the project, and the page with its domains
    expect(costs[2]?.rowsRead).toBeLessThan((costs[1]?.rowsRead ?? 0) / 2);
  });
});

describe("update", () => {
  test("replaces what is given and leaves the rest", async () => {
    const project = await createProject();
    const { json } = await create(project, ["a.example", "b.example"]);
    const path = `${organizationsOf(project)}/${json.id}`;
    const relabelled = await api("PUT", path, { body: { label: "New" } });
    expect(relabelled.json).toMatchObject({ label: "New", domains: ["a.example", "b.example"] });
    const replaced = await api("PUT", path, { body: { domains: ["c.example", "b.example"], session_lifespan: "30m" } });
    expect(replaced.json).toMatchObject({ label: "New", domains: ["c.example", "b.example"], session_lifespan: "30m" });
    const cleared = await api("PUT", path, { body: { session_lifespan: "", state: "disabled" } });
    expect(cleared.json).toMatchObject({ session_lifespan: "", state: "disabled", domains: ["c.example", "b.example"] });
    expect((await api("GET", path)).json.organization).toEqual(cleared.json);
  });

  test("T56: a domain taken off one organization can be given to another", async () => {
    const project = await createProject();
    const a = await create(project, ["moving.example"]);
    const b = await create(project, []);
    await api("PUT", `${organizationsOf(project)}/${a.json.id}`, { body: { domains: [] } });
    const moved = await api("PUT", `${organizationsOf(project)}/${b.json.id}`, { body: { domains: ["moving.example"] } });
    expect(moved.json.domains).toEqual(["moving.example"]);
  });

  test("a change that fails changes nothing", async () => {
    const project = await createProject();
    await create(project, ["taken.example"]);
    const { json } = await create(project, ["mine.example"], "Before");
    const path = `${organizationsOf(project)}/${json.id}`;
    const answer = await api("PUT", path, { body: { label: "After", domains: ["new.example", "taken.example"] } });
    expect([answer.status, answer.json.error.id]).toEqual([409, "domain_taken"]);
    expect((await api("GET", path)).json.organization).toEqual(json);
    const events = (await api("GET", `/projects/${project.id}/events?type=organization.updated`)).json.events;
    expect(events).toEqual([]);
  });

  test("T110: If-Match with a revision that has moved is a 409, and of 10 simultaneous changes with it one is made", async () => {
    const project = await createProject();
    const { json, headers } = await create(project, []);
    const path = `${organizationsOf(project)}/${json.id}`;
    const ifMatch = { "If-Match": headers.get("ETag") ?? "" };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => api("PUT", path, { headers: ifMatch, body: { label: `L${i}` } })),
    );
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect(answers.find((a) => a.status === 409)?.json.error.id).toBe("revision_conflict");
    const winner = answers.find((a) => a.status === 200);
    expect(winner?.headers.get("ETag")).toBe('"2"');
    expect((await api("GET", path)).json.organization).toEqual(winner?.json);
  });

  test("the domains that changed stand in the outbox with the project's new index revision", async () => {
    const project = await createProject();
    const { json } = await create(project, ["stay.example", "go.example"]);
    await env.DB.prepare("DELETE FROM domain_index_outbox WHERE project_id = ?").bind(project.id).run();
    const counted = countingEnv(env);
    counted.faults.kv = "throw"; // so that nobody confirms the rows
    await api("PUT", `${organizationsOf(project)}/${json.id}`, {
      body: { domains: ["stay.example", "come.example"] },
      env: counted.env,
    });
    const { results } = await env.DB.prepare(
      "SELECT domain, revision, (SELECT index_revision FROM projects WHERE id = project_id) AS now FROM domain_index_outbox WHERE project_id = ? ORDER BY domain",
    )
      .bind(project.id)
      .all<{ domain: string; revision: number; now: number }>();
    expect(results.map((r) => r.domain)).toEqual(["come.example", "go.example", "stay.example"]);
    expect(results.every((r) => r.revision === r.now && r.revision === 2)).toBe(true);
  });
});

describe("delete", () => {
  test("T58: ends sessions, connections, domains and credentials, and detaches the people, in one commit", async () => {
    const project = await createProject();
    const acme = await createOrganization(project, { domains: ["gone.example"] });
    const other = await createOrganization(project, { domains: ["stays.example"] });
    const connection = await createConnection(project, { organizationId: acme.id });
    const otherConnection = await createConnection(project, { organizationId: other.id });
    const member = await putIdentity(project.id, { email: "m@gone.example", organizationId: acme.id });
    const former = await putIdentity(project.id, { email: "f@stays.example", organizationId: other.id });
    await putCredential(project.id, acme.id, member);
    await putCredential(project.id, acme.id, former);
    const ended = await putSession(project.id, member, connection);
    await putSession(project.id, former, connection); // rests on the deleted connection, of somebody who has moved
    const kept = await putSession(project.id, former, otherConnection);

    expect((await api("DELETE", `${organizationsOf(project)}/${acme.id}`)).status).toBe(204);

    expect((await api("GET", `${organizationsOf(project)}/${acme.id}`)).status).toBe(404);
    expect((await services().sessions.authenticate(project.id, ended)).ok).toBe(false);
    expect((await services().sessions.authenticate(project.id, kept)).ok).toBe(true);
    const count = (table: string, where: string) =>
      env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE project_id = ? AND ${where}`).bind(project.id).first("n");
    expect(await count("sessions", "1")).toBe(1);
    expect(await count("connections", `organization_id = '${acme.id}'`)).toBe(0);
    expect(await count("organization_domains", `organization_id = '${acme.id}'`)).toBe(0);
    expect(await count("oidc_credentials", "1")).toBe(0);
    expect(await count("identities", `id = '${member}' AND organization_id IS NULL AND revision = 2`)).toBe(1);
    expect(await count("identities", `id = '${former}' AND organization_id = '${other.id}' AND revision = 1`)).toBe(1);
    expect((await create(project, ["gone.example"])).status).toBe(201);
  });

  test("twice is a 404, and so is what never was; the log has one event", async () => {
    const project = await createProject();
    const { json } = await create(project, ["x.example"]);
    const path = `${organizationsOf(project)}/${json.id}`;
    const answers = await Promise.all([api("DELETE", path), api("DELETE", path), api("DELETE", path)]);
    expect(answers.map((a) => a.status).sort()).toEqual([204, 404, 404]);
    expect((await api("DELETE", `${organizationsOf(project)}/${crypto.randomUUID()}`)).status).toBe(404);
    const { events } = (await api("GET", `/projects/${project.id}/events?type=organization.deleted`)).json;
    expect(events).toHaveLength(1);
  });

  test("T59: an organization made after a deletion has another id and none of the old one's people (CVE-2026-55670)", async () => {
    const project = await createProject();
    const before = await create(project, ["again.example"]);
    const member = await putIdentity(project.id, { email: "m@again.example", organizationId: before.json.id });
    await putCredential(project.id, before.json.id, member);
    await api("DELETE", `${organizationsOf(project)}/${before.json.id}`);
    const after = await create(project, ["again.example"]);
    expect(after.json.id).not.toBe(before.json.id);
    const row = await env.DB.prepare("SELECT organization_id FROM identities WHERE id = ?").bind(member).first();
    expect(row).toEqual({ organization_id: null });
    expect(await env.DB.prepare("SELECT * FROM oidc_credentials WHERE identity_id = ?").bind(member).first()).toBeNull();
  });
});

async function putCredential(projectId: string, organizationId: string, identityId: string): Promise<void> {
  await env.DB.prepare(
    "INSERT INTO oidc_credentials (project_id, organization_key, issuer, subject, organization_id, identity_id, created_at) VALUES (?1, ?2, 'https://idp-a.test', ?3, ?2, ?3, 0)",
  )
    .bind(projectId, organizationId, identityId)
    .run();
}

describe("ending an organization's sessions", () => {
  test("ends those of its members and no other, once, with one event", async () => {
    const project = await createProject();
    const acme = await createOrganization(project, { domains: ["acme.example"] });
    const other = await createOrganization(project, { domains: ["other.example"] });
    const held: string[] = [];
    for (const [name, organization] of [
      ["a", acme],
      ["b", acme],
      ["c", other],
    ] as const) {
      const email = `${name}@${organization.domains[0]}`;
      held.push(await putSession(project.id, await putIdentity(project.id, { email, organizationId: organization.id })));
    }
    const path = `${organizationsOf(project)}/${acme.id}/sessions`;
    expect((await api("DELETE", path)).json).toEqual({ revoked: 2, has_more: false });
    expect((await api("DELETE", path)).json).toEqual({ revoked: 0, has_more: false });
    const left = await services().sessions.list(project.id, { after: undefined, limit: 9 });
    expect(left.items.map((item) => item.identity.email)).toEqual(["c@other.example"]);
    const { events } = (await api("GET", `/projects/${project.id}/events?type=session.revoked`)).json;
    expect(events).toMatchObject([{ organization_id: acme.id, details: { scope: "organization" } }]);
    const viewer = operatorCookie(await createOperator({ [project.id]: "viewer" }));
    expect((await api("DELETE", path, { key: null, headers: viewer })).status).toBe(403);
    expect(held).toHaveLength(3);
  });
});
