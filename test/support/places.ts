// Several databases: an environment whose directory is DB and whose further places are DB_1, DB_2, …
//
//   const places = await withPlaces(2);          // an environment of its own: places.env has DB and DB_1, migrated
//   const places = await installPlaces(2);       // the test file's `env` itself: all helpers of test/support see them
//   seeding.database = 1;                        // test/support/seed.ts: new projects go to DB_1
//   await places.dump(1)                         // every row of DB_1, by table

import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

export interface Places {
  env: Env;
  /** By place; 0 is the directory. */
  databases: readonly D1Database[];
  /** Every row of a place, by table, in the order of its key; tables without rows are left out. */
  dump(place: number): Promise<Record<string, unknown[]>>;
}

const MORE = ["PLACE_1", "PLACE_2", "PLACE_3", "PLACE_4", "PLACE_5", "PLACE_6", "PLACE_7"] as const;

/** Marks an environment as one of a file that has had several databases (worker-setup.ts). */
export const HAD_PLACES = "HAD_PLACES";

/** @param count of databases, from 2 to 8 */
export async function withPlaces(count: number): Promise<Places> {
  Object.assign(env, { [HAD_PLACES]: true });
  const more = MORE.slice(0, count - 1).map((name) => env[name]);
  for (const database of more) await applyD1Migrations(database, env.TEST_MIGRATIONS);
  const databases = [env.DB, ...more];
  return {
    env: { ...env, ...Object.fromEntries(more.map((database, index) => [`DB_${index + 1}`, database])) },
    databases,
    dump: async (place) => await dumpOf(databases[place] ?? env.DB),
  };
}

/** The same for the rest of a test file (worker-setup.ts ends it). Before the file asks for its first service: services are made once for an environment. */
export async function installPlaces(count: number): Promise<Places> {
  const places = await withPlaces(count);
  const added = Object.keys(places.env).filter((name) => /^DB_\d+$/.test(name));
  Object.assign(env, Object.fromEntries(added.map((name) => [name, places.env[name as keyof Env]])));
  return { ...places, env };
}

async function dumpOf(database: D1Database): Promise<Record<string, unknown[]>> {
  const tables = await database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations' ORDER BY name",
    )
    .all<{ name: string }>();
  const rows = await database.batch(tables.results.map(({ name }) => database.prepare(`SELECT * FROM "${name}" ORDER BY 1, 2`)));
  return Object.fromEntries(
    tables.results.map(({ name }, index) => [name, rows[index]?.results ?? []] as const).filter(([, of]) => of.length > 0),
  );
}
