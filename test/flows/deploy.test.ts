// What `npm run deploy` would send, built without an account or a network.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { databaseBindings } from "../../scripts/databases.ts";
import { run } from "../../scripts/processes.ts";

const DEPLOY = resolve(import.meta.dirname, "../../scripts/deploy.ts");
/** What is reached, and a twentieth more. The budget is a mebibyte. */
const MAX_GZIP_KIB = 685;

test("the Worker builds with its bindings and stays below its size budget", async () => {
  const { code, output } = await run(DEPLOY, ["--dry-run"]);
  expect(code, output).toBe(0);
  for (const binding of ["env.DB", "env.DOMAIN_INDEX", "env.IDP_CACHE", "env.SHIELD"]) expect(output).toContain(binding);
  const size = /gzip: ([\d.]+) KiB/.exec(output)?.[1];
  expect(Number(size)).toBeLessThan(MAX_GZIP_KIB);
});

const refused: { args: string[] }[] = [
  { args: [] },
  { args: ["--base-url", "http://sso.example.com"] },
  { args: ["--base-url", "https://sso.example.com/path"] },
  { args: ["--base-url", "sso"] },
];
test.each(refused)("nothing is deployed without the https origin that people will use: $args", async ({ args }) => {
  const { code, output } = await run(DEPLOY, args);
  expect(code).toBe(1);
  expect(output).toContain("--base-url https://");
});

test("every database of wrangler.toml is migrated, the directory first, and none that is commented out", () => {
  const own = databaseBindings(readFileSync(resolve(import.meta.dirname, "../../wrangler.toml"), "utf8"));
  expect(own).toEqual(["DB"]);
  const section = (name: string) => `[[d1_databases]]\nbinding = "${name}"\ndatabase_name = "x"\n\n`;
  const commented = section("DB_7").replaceAll(/^(?=.)/gm, "# ");
  expect(
    databaseBindings(`name = "x"\n${section("DB_10")}${commented}${section("DB_2")}${section("DB")}[vars]\nA = "b"\n`),
  ).toEqual(["DB", "DB_2", "DB_10"]);
});
