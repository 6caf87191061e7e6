// The filters that the night shift makes: of which domains, when, and what it does with projects that are large, many, or
// change while they are read.

import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { mayContain } from "../../src/domain/domains/domain-filter.ts";
import { renewFilters } from "../../src/jobs/domain-filters.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { FILTER_AGE_MS, FILTER_PAGE, FILTER_PROJECTS } from "../../src/jobs/pace.ts";
import type { Turn } from "../../src/jobs/turn.ts";
import { filterKeyOf, RENEW_AFTER_MS } from "../../src/storage/domain-index.ts";
import { projectDelete } from "../../src/storage/projects.ts";
import { database, putOrganization, putProject } from "../support/rows.ts";
import { type StoreRuntime, storeRuntime } from "../support/store-runtime.ts";

vi.spyOn(console, "info").mockImplementation(() => undefined);

let project: { id: string };
let acme: { id: string };
let store: StoreRuntime;

/** One project at a time, and the night shift at its beginning. */
beforeEach(async () => {
  if (project) await database.commit(projectDelete(database, project.id));
  await env.DB.prepare("DELETE FROM instance_state WHERE key = 'cursor/domain_filters'").run();
  project = await putProject();
  acme = await putOrganization(project.id, ["a.test", "b.test"]);
  store = storeRuntime();
});

const turn = (over: Partial<Turn> = {}): Turn => ({
  runtime: store.runtime,
  place: 0,
  db: store.runtime.directory,
  spent: () => false,
  ...over,
});
const stored = () => store.runtime.domainIndex.getFilter(project.id);
const has = async (domain: string) => {
  const filter = await stored();
  return filter ? mayContain(filter.bits, domain) : undefined;
};

async function claim(domain: string, state = "active"): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("INSERT INTO organization_domains VALUES (?, ?, ?, ?, 9, 0)").bind(project.id, domain, acme.id, state),
    env.DB.prepare("UPDATE projects SET index_revision = index_revision + 1 WHERE id = ?").bind(project.id),
  ]);
}

test("a filter has the domains that count, and says whose and of when it is", async () => {
  await claim("pending.test", "pending");
  await nightShift(store.runtime);
  expect(await stored()).toMatchObject({ projectId: project.id, revision: 1, count: 2, at: store.time.now });
  expect([await has("a.test"), await has("b.test"), await has("pending.test"), await has("c.test")]).toEqual([
    ...[true, true, false, false],
  ]);
  const { keys } = await env.DOMAIN_INDEX.list({ prefix: filterKeyOf(project.id) });
  expect(keys[0]?.expiration).toBeGreaterThan(Date.now() / 1000 + 29 * 86_400);
});

test("a project without domains has one, too: every lookup there may leave KV out", async () => {
  await database.commit(projectDelete(database, project.id));
  project = await putProject();
  await nightShift(store.runtime);
  expect([(await stored())?.count, await has("a.test")]).toEqual([0, false]);
});

test("it is written again an hour after a change, before it ends, and never for nothing", async () => {
  const written = async () => {
    store.counted.reset();
    const { written } = await renewFilters(turn());
    expect(store.counted.domainIndex.puts).toBe(written);
    return written;
  };
  expect(await written()).toBe(1);
  expect(await written()).toBe(0);
  await claim("c.test");
  store.time.now += FILTER_AGE_MS;
  expect([await written(), await has("c.test")]).toEqual([0, false]);
  store.time.now += 1;
  expect([await written(), await has("c.test")]).toEqual([1, true]);
  store.time.now += RENEW_AFTER_MS;
  expect(await written()).toBe(0);
  store.time.now += 1;
  expect(await written()).toBe(1);
});

test("a revision that went back, as with a restored database, is a change", async () => {
  await claim("c.test");
  await renewFilters(turn());
  await env.DB.batch([
    env.DB.prepare("DELETE FROM organization_domains WHERE domain = 'c.test'"),
    env.DB.prepare("UPDATE projects SET index_revision = 0 WHERE id = ?").bind(project.id),
  ]);
  store.time.now += FILTER_AGE_MS + 1;
  await renewFilters(turn());
  expect([(await stored())?.revision, await has("c.test")]).toEqual([0, false]);
});

test("a domain that is claimed while the others are read counts the revision up, and is in the next one", async () => {
  let claimed = false;
  const { getFilter } = store.runtime.domainIndex;
  const domainIndex = {
    ...store.runtime.domainIndex,
    getFilter: async (projectId: string) => {
      const before = await getFilter(projectId);
      if (!claimed) await claim("late.test");
      claimed = true;
      return before;
    },
  };
  await renewFilters(turn({ runtime: { ...store.runtime, domainIndex } }));
  expect((await stored())?.revision).toBe(0);
  store.time.now += FILTER_AGE_MS + 1;
  expect((await renewFilters(turn())).written).toBe(1);
  expect([(await stored())?.revision, await has("late.test")]).toEqual([1, true]);
});

test("a project of several pages is read to its end, a page a query", async () => {
  const count = 2 * FILTER_PAGE + 10;
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
     INSERT INTO organization_domains SELECT ?1, 'd' || i || '.test', ?2, 'active', i, 0 FROM n`,
  )
    .bind(project.id, acme.id, count)
    .run();
  store.counted.reset();
  await renewFilters(turn());
  expect((await stored())?.count).toBe(count);
  expect([await has("a.test"), await has("d3.test"), await has(`d${count}.test`)]).toEqual([true, true, true]);
  expect(store.counted.d1.sql.flat().filter((sql) => /from "organization_domains"/.test(sql))).toHaveLength(3);
});

test("a run that is spent on the way writes nothing of it, and the next one begins with that project", async () => {
  await renewFilters(turn());
  await claim("c.test");
  store.time.now += FILTER_AGE_MS + 1;
  let asked = 0;
  // Not yet when the project's turn comes, but before its first page.
  const spent = () => ++asked > 1;
  expect(await renewFilters(turn({ spent }))).toEqual({ projects: 0, written: 0 });
  expect(await has("c.test")).toBe(false);
  expect(await renewFilters(turn())).toEqual({ projects: 1, written: 1 });
  expect(await has("c.test")).toBe(true);
});

test("a KV that does not answer is no reason to write, one that refuses a filter gets it the next time (F2)", async () => {
  store.counted.faults.kv = "throw";
  expect(await renewFilters(turn())).toEqual({ projects: 0, written: 0 });
  store.counted.faults.kv = "throw-on-put";
  expect(await renewFilters(turn())).toEqual({ projects: 1, written: 0 });
  store.counted.faults.kv = "ok";
  expect(await renewFilters(turn())).toEqual({ projects: 1, written: 1 });
});

test("what stands there and is no filter of this project is written over (F1)", async () => {
  await env.DOMAIN_INDEX.put(filterKeyOf(project.id), "{}", { metadata: { project_id: "another" } });
  expect((await renewFilters(turn())).written).toBe(1);
  expect(await has("a.test")).toBe(true);
});

test("many projects are gone through in turn", async () => {
  const more = await Promise.all(Array.from({ length: FILTER_PROJECTS + 5 }, () => putProject()));
  const runs = [await renewFilters(turn()), await renewFilters(turn()), await renewFilters(turn())];
  expect(runs.map(({ projects }) => projects)).toEqual([FILTER_PROJECTS, 6, FILTER_PROJECTS]);
  expect(runs.map(({ written }) => written)).toEqual([FILTER_PROJECTS, 6, 0]);
  for (const { id } of more) await database.commit(projectDelete(database, id));
});

test("a project that is in another place is not this one's to look after, whatever rows of it are here", async () => {
  await env.DB.prepare("UPDATE projects SET place = 1 WHERE id = ?").bind(project.id).run();
  expect(await renewFilters(turn())).toEqual({ projects: 0, written: 0 });
  expect(await stored()).toBeNull();
});
