// What `npm run deploy` would send, built without an account or a network.

import { resolve } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../scripts/processes.ts";

const DEPLOY = resolve(import.meta.dirname, "../../scripts/deploy.ts");
/** What is reached, and a twentieth more. The budget is a mebibyte. */
const MAX_GZIP_KIB = 690;

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
