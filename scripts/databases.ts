// The D1 databases of wrangler.toml: DB, and DB_1, DB_2, … of an installation that spreads its projects.

import { readFileSync } from "node:fs";

/** Names of the bindings, DB first. What is commented out does not count. */
export function databaseBindings(configuration: string = readFileSync("wrangler.toml", "utf8")): string[] {
  const sections = configuration.split(/^\s*(?=\[)/m).filter((section) => section.startsWith("[[d1_databases]]"));
  const names = sections.map((section) => /^\s*binding\s*=\s*"([^"]+)"/m.exec(section)?.[1]).filter((name) => name !== undefined);
  return names.sort((a, b) => placeOf(a) - placeOf(b));
}

function placeOf(binding: string): number {
  return binding === "DB" ? 0 : Number(binding.replace(/^DB_/, ""));
}
