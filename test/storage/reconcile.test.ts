// Reconciliation converges: whatever order changes, write-throughs and delays come in, KV ends up saying what D1 says.

import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { createDomainService } from "../../src/domain/domains/service.ts";
import type { DomainEntry, DomainIndex } from "../../src/storage/domain-index.ts";
import { keyOf } from "../../src/storage/domain-index.ts";
import { outboxDomains } from "../../src/storage/domain-outbox.ts";
import { guard } from "../../src/storage/guard.ts";
import { database, putConnection, putOrganization, putProject } from "../support/rows.ts";
import { storeRuntime } from "../support/store-runtime.ts";

const DOMAIN = "moving.test";
let projectId: string;
/** Owners a domain may have; null is nobody. */
let owners: (string | null)[];

beforeAll(async () => {
  projectId = (await putProject()).id;
  const a = await putOrganization(projectId, []);
  const b = await putOrganization(projectId, []);
  await putConnection(projectId, { organizationId: a.id });
  await putConnection(projectId, { organizationId: b.id });
  owners = [a.id, b.id, null];
});

async function giveTo(owner: string | null): Promise<void> {
  await database.commit([
    guard(database, projectId, sql`1`, true),
    database.query.run(sql`DELETE FROM organization_domains WHERE project_id = ${projectId} AND domain = ${DOMAIN}`),
    ...(owner === null
      ? []
      : [database.query.run(sql`INSERT INTO organization_domains VALUES (${projectId}, ${DOMAIN}, ${owner}, 'active', 0, 0)`)]),
    outboxDomains(database, projectId, [DOMAIN], 0),
  ]);
}

/** An index whose writes land late, in an order that the property chooses, and may be refused. */
function slowIndex(s: fc.Scheduler, refuse: () => boolean) {
  const stored = new Map<string, DomainEntry>();
  const begun = { puts: 0 };
  const index: DomainIndex = {
    get: async (project, domain) => stored.get(keyOf(project, domain)),
    getMany: async () => stored,
    put: async (entry) => {
      begun.puts += 1;
      await s.schedule(Promise.resolve(), "put");
      if (refuse()) return false;
      stored.set(keyOf(entry.project_id, entry.domain), entry);
      return true;
    },
    getFilter: async () => null,
    putFilter: async () => true,
    getHost: async () => undefined,
    putHost: async () => undefined,
  };
  return { index, stored, begun };
}

test("random interleavings of changes and slow write-throughs end with KV saying what D1 says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 4 }), async (s, moves) => {
      const { index, stored, begun } = slowIndex(s, () => false);
      const { reconcile } = createDomainService({ ...storeRuntime().runtime, domainIndex: index });
      const running: Promise<void>[] = [];
      for (const move of moves) {
        await giveTo(owners[move] ?? null);
        running.push(reconcile(projectId, [DOMAIN]));
      }
      // All first writes are on their way before the first may land; otherwise they would land in order.
      await vi.waitFor(() => expect(begun.puts).toBe(moves.length), { timeout: 20_000, interval: 5 });
      await s.waitFor(Promise.all(running));
      const last = owners[moves.at(-1) ?? 0] ?? null;
      expect(stored.get(keyOf(projectId, DOMAIN))).toMatchObject({
        state: last === null ? "gone" : "live",
        organization_id: last,
      });
    }),
    { numRuns: 40 },
  );
});

test("what KV refuses stays in the outbox, and one more run brings it right", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.tuple(fc.nat({ max: 2 }), fc.boolean()), { minLength: 1, maxLength: 4 }),
      async (s, moves) => {
        let refusing = false;
        const { index, stored } = slowIndex(s, () => refusing);
        const { reconcile } = createDomainService({ ...storeRuntime().runtime, domainIndex: index });
        for (const [move, refused] of moves) {
          refusing = refused;
          await giveTo(owners[move] ?? null);
          await s.waitFor(reconcile(projectId, [DOMAIN]));
          const left = await env.DB.prepare("SELECT count(*) AS n FROM domain_index_outbox").first("n");
          expect(left).toBe(refused ? 1 : 0);
        }
        refusing = false;
        await s.waitFor(reconcile(projectId, [DOMAIN]));
        expect(stored.get(keyOf(projectId, DOMAIN))?.organization_id).toBe(owners[moves.at(-1)?.[0] ?? 0] ?? null);
        expect(await env.DB.prepare("SELECT count(*) AS n FROM domain_index_outbox").first("n")).toBe(0);
      },
    ),
    { numRuns: 20 },
  );
});

test("a change that comes while its predecessor is being written is not confirmed by it", async () => {
  await giveTo(owners[0] ?? null);
  const store = storeRuntime();
  let late: Promise<void> | undefined;
  const index: DomainIndex = {
    ...store.runtime.domainIndex,
    put: async (entry) => {
      late ??= giveTo(owners[1] ?? null);
      await late;
      return await store.runtime.domainIndex.put(entry);
    },
  };
  await createDomainService({ ...store.runtime, domainIndex: index }).reconcile(projectId, [DOMAIN]);
  expect(await env.DOMAIN_INDEX.get(keyOf(projectId, DOMAIN), "json")).toMatchObject({ organization_id: owners[1] });
  expect(await env.DB.prepare("SELECT count(*) AS n FROM domain_index_outbox").first("n")).toBe(0);
});

test("many domains, and a project that no longer exists", async () => {
  const { domains, runtime } = (() => {
    const store = storeRuntime();
    return { domains: createDomainService(store.runtime), runtime: store.runtime };
  })();
  const names = Array.from({ length: 120 }, (_, i) => `d${i}.test`);
  await putOrganization(projectId, names);
  await domains.reconcile(projectId, names);
  for (const name of ["d0.test", "d60.test", "d119.test"]) {
    expect((await runtime.domainIndex.get(projectId, name))?.state).toBe("live");
  }
  await expect(domains.reconcile("no-such-project", ["x.test"])).resolves.toBeUndefined();
  expect(await env.DOMAIN_INDEX.get(keyOf("no-such-project", "x.test"))).toBeNull();
});
