// What the stores hold, for asserting that nothing changed or that something is nowhere.

import { env } from "cloudflare:workers";

/** Every row of every table of D1, by table, in a stable order. */
export async function d1Contents(): Promise<Record<string, string[]>> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
  ).all<{ name: string }>();
  const tables = results.map((row) => row.name).filter((name) => name !== "d1_migrations");
  const answers = await env.DB.batch(tables.map((name) => env.DB.prepare(`SELECT * FROM "${name}"`)));
  return Object.fromEntries(
    tables.map((name, i) => [name, (answers[i]?.results ?? []).map((row) => JSON.stringify(row)).sort()]),
  );
}

/** The same without what moves in the background: the outbox of the domain index, and when a key was last used. */
export async function d1AtRest(): Promise<Record<string, string[]>> {
  const { domain_index_outbox: _, api_keys = [], ...rest } = await d1Contents();
  return { ...rest, api_keys: api_keys.map((row) => row.replace(/"last_used_at":(?:null|\d+)/, "")) };
}

/** Every entry of both KV namespaces, `key: value`. */
export async function kvContents(): Promise<string[]> {
  const found: string[] = [];
  for (const namespace of [env.DOMAIN_INDEX, env.IDP_CACHE]) {
    const { keys } = await namespace.list();
    for (const { name } of keys) found.push(`${name}: ${await namespace.get(name)}`);
  }
  return found;
}
