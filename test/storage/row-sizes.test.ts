// bench/row-sizes.ts is what D1 really stores: a sign-in through an IdP, one with a password and one for an app leave their
// rows, each is multiplied by ten thousand under new keys, and the file grows by what the table says.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { ROW_SIZES, type SizedRow } from "../../bench/row-sizes.ts";
import { createProviderScene } from "../provider/scene.ts";
import { createVisitor } from "../support/visitor.ts";

const ROWS = 10_000;
/** Of a size; keys are random, so pages fill a little differently every time. */
const TOLERANCE = 0.05;
const MS = "(1795480220000 + n.i * 37)";
/** As newId makes them: later rows have greater keys. */
const UUID = `lower(substr(printf('%012x', ${MS}), 1, 8) || '-' || substr(printf('%012x', ${MS}), 9) || '-7' || substr(hex(randomblob(2)), 1, 3) || '-a' || substr(hex(randomblob(2)), 1, 3) || '-' || hex(randomblob(6)))`;
const DIGEST = "substr(hex(randomblob(22)), 1, 43)";
const BROWSER =
  "'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'";
const ISSUER = "'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'";

/** What differs from the row that is multiplied; the rest stays as the sign-in left it. */
const FRESH: Record<string, Record<string, string>> = {
  consumed_transactions: { id: UUID },
  sessions: { id: UUID, token_hash: DIGEST, user_agent: BROWSER },
  events: { id: UUID, request_id: UUID },
  attempt_counters: { key: DIGEST },
  identities: { id: UUID, email: "'p' || n.i || '@customer.example'" },
  oidc_credentials: { subject: "substr(hex(randomblob(22)), 1, 43)", issuer: ISSUER },
  organizations: { id: UUID, label: "t.label || n.i" },
  organization_domains: { domain: "'d' || n.i || '.example.com'" },
  connections: { id: UUID, issuer_url: ISSUER },
};

/** Multiplies one row; bytes and billed rows for each copy. */
async function multiply(row: SizedRow): Promise<{ bytes: number; written: number }> {
  const [table = "", kind] = row.split(": ");
  const where = kind === undefined ? "1" : table === "events" ? `type = '${kind}'` : `id LIKE '${kind}/%'`;
  const grant = `'Grant/' || ${UUID} || '.' || substr(hex(randomblob(11)), 1, 22)`;
  const fresh = FRESH[table] ?? { id: kind === "Grant" ? grant : `'${kind}/' || ${DIGEST}` };
  const { results } = await env.DB.prepare(`PRAGMA table_info(${table})`).all<{ name: string }>();
  const columns = results.map(({ name }) => fresh[name] ?? `t.${name}`).join(", ");
  const before = (await env.DB.prepare("SELECT 1").all()).meta.size_after;
  const { meta } = await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
     INSERT INTO ${table} SELECT ${columns} FROM (SELECT * FROM ${table} WHERE ${where} ORDER BY 2 DESC LIMIT 1) t CROSS JOIN n`,
  ).run();
  expect(meta.changes, `a sign-in leaves ${row}`).toBe(ROWS);
  return { bytes: (meta.size_after - before) / ROWS, written: meta.rows_written / ROWS };
}

beforeAll(async () => {
  const scene = await createProviderScene();
  const app = await scene.app();
  await scene.tokens(app, await scene.signIn(), { scope: "openid email offline_access", prompt: "consent" });
  const visitor = createVisitor(env);
  const begun = await visitor.send(`${scene.origin}/self-service/login/api`, { headers: { Accept: "application/json" } });
  const { ui } = (await begun.json()) as { ui: { action: string } };
  const body = JSON.stringify({ method: "password", identifier: "pat@personal.example", password: "not the password" });
  await visitor.send(ui.action, { method: "POST", headers: { "Content-Type": "application/json" }, body });
});

test.for(Object.entries(ROW_SIZES))("a row of %s", async ([row, size]) => {
  const measured = await multiply(row as SizedRow);
  expect(measured.written).toBe(size.written);
  expect(measured.bytes).toBeGreaterThan(size.bytes * (1 - TOLERANCE));
  expect(measured.bytes).toBeLessThan(size.bytes * (1 + TOLERANCE));
});

test.for(["consumed_transactions", "sessions", "events", "provider_artifacts"])(
  "a deleted row of %s is billed as one",
  async (table) => {
    const { meta } = await env.DB.prepare(
      `DELETE FROM ${table} WHERE (project_id, id) IN (SELECT project_id, id FROM ${table} LIMIT 10)`,
    ).run();
    expect(meta.changes).toBe(10);
    expect(meta.rows_written).toBe(10);
  },
);
