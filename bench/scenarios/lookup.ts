// The lookup behind the address field, by where its answer is found.

import type { Scenario, Stage } from "../scenario.ts";
import { coldDomainName, domainName, INDEXED_DOMAINS, organizationId, PROJECT_ID } from "../shape.ts";

/** Rows of one statement. */
const CHUNK = 20_000;

export const lookupIsolate = lookup("lookup-isolate", "lookup, isolate-warm", async () => ({
  domain: domainName(1),
  contains: '"sso":true',
}));

/** More domains than an isolate remembers, one after another, so that it has always forgotten the next one. */
export const lookupKv = lookup("lookup-kv", "lookup, KV-warm", async () => ({
  domain: domainName("{n}"),
  contains: '"sso":true',
  span: INDEXED_DOMAINS,
}));

/** Every domain once: claimed after the filter was made, and not in the index. */
export const lookupCold = lookup("lookup-cold", "lookup, cold", async (stage, repetitions) => {
  await addDomains(stage, repetitions);
  return { domain: coldDomainName("{n}"), contains: '"sso":true', pool: repetitions };
});

export const lookupUnknown = lookup("lookup-unknown", "lookup, unknown domain", async () => ({
  domain: "nobody{n}.example",
  contains: '"sso":false',
}));

function lookup(
  name: string,
  title: string,
  of: (stage: Stage, repetitions: number) => Promise<{ domain: string; contains: string; span?: number; pool?: number }>,
): Scenario {
  return {
    name,
    title,
    at: "orgate",
    async prepare(stage, repetitions) {
      const { domain, contains, ...bounds } = await of(stage, repetitions);
      const path = `/self-service/sso?identifier=someone@${domain}`;
      return { ...bounds, steps: [{ kind: "request", method: "GET", path, status: 200, contains }] };
    },
  };
}

/** More domains for the organizations that are there. */
async function addDomains({ runtime, size }: Stage, count: number): Promise<void> {
  const [before = "", after = ""] = coldDomainName("{}").split("{}");
  for (let first = 0; first < count; first += CHUNK) {
    await runtime.database
      .prepare(
        `INSERT INTO organization_domains (project_id, domain, organization_id, position, created_at)
         WITH RECURSIVE numbers (n) AS (SELECT CAST(?2 AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?3)
         SELECT ?1, '${before}' || n || '${after}', '${organizationId("")}' || printf('%012d', n % ${size.organizations}), 2, ?4
         FROM numbers`,
      )
      .bind(PROJECT_ID, first, Math.min(first + CHUNK, count), Date.now())
      .run();
  }
}
