// Every test file starts on an empty, migrated D1, empty KV and modules that remember nothing, although the runtime is
// started once for all of them.

import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { HAD_PLACES } from "./places.ts";

/** What the file before has left running may keep a database from going at the first attempt. */
const ATTEMPTS = 60;
const PLACES = ["PLACE_1", "PLACE_2", "PLACE_3", "PLACE_4", "PLACE_5", "PLACE_6", "PLACE_7"] as const;

vi.useRealTimers();
vi.resetModules();
// A file with several databases (places.ts) leaves their bindings behind, and a mark. Looking whether one is empty makes it.
const databases = HAD_PLACES in env ? (["DB", ...PLACES] as const) : (["DB"] as const);
for (const name of Object.keys(env).filter((key) => key === HAD_PLACES || /^DB_\d+$/.test(key)))
  delete (env as unknown as Record<string, unknown>)[name];
await emptyStores();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

async function tablesOf(database: D1Database): Promise<number | null> {
  return await database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'd1_migrations'").first<number>("n");
}

async function emptyStores(): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await reset();
    const left = await Promise.all(databases.map((name) => tablesOf(env[name])));
    const keys = await Promise.all(
      [env.DOMAIN_INDEX, env.IDP_CACHE].map(async (kv) => (await kv.list({ limit: 1 })).keys.length),
    );
    if (left.every((count) => count === 0) && keys.every((count) => count === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the stores of the file before could not be emptied");
}
