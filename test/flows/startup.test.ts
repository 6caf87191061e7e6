// What every isolate reads and evaluates before its first answer, in the Worker as it is deployed; the rest waits until it is
// asked for. Counted in modules and bytes; `npm run startup` has the milliseconds.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildModules, startModules } from "../../scripts/build.ts";
import { firstStatus, type Module, modulesIn } from "../../scripts/startup-workerd.ts";

/** What is reached, and a twentieth more. */
const MAX_START_BYTES = 651_000;

/** Code that few requests need, by a part of its path, and the door behind which it waits. */
const WAITING: [path: string, until: string][] = [
  ["src/http/management/", "/projects, /openapi.json or /docs"],
  ["src/http/admin/", "/admin"],
  ["src/http/console/", "/console"],
  ["src/views/console/pages/", "/console"],
  ["src/views/pages/docs.tsx", "/docs"],
  ["node_modules/@hono/zod-openapi/", "one of the APIs"],
  ["node_modules/zod/", "a flow or one of the APIs"],
  ["node_modules/tldts", "a domain that is claimed"],
  ["node_modules/rfc6902/", "/admin"],
  ["src/http/provider/engine.ts", "the provider"],
  ["node_modules/oidc-provider/", "the provider"],
  ["node_modules/koa/", "the provider"],
  ["node_modules/fxa-common-password-list/", "a new password"],
];

let directory: string;
let metafile: Metafile;
let atStart: Module[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "orgate-startup-test-"));
  metafile = await buildModules(directory);
  const names = startModules(metafile, directory);
  atStart = modulesIn(directory).filter(({ name }) => names.includes(name));
  expect(atStart).toHaveLength(names.length);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each(WAITING)("%s is not read before somebody asks for %s", (path) => {
  expect(
    sourcesOf(() => true).some((source) => source.includes(path)),
    "nothing is built of it",
  ).toBe(true);
  expect(sourcesOf(isAtStart).filter((source) => source.includes(path))).toEqual([]);
});

test("the first answer needs no module but those of the start", async () => {
  expect(await firstStatus(atStart)).toBe(200);
});

test("what is read at start stays small", () => {
  const bytes = atStart.reduce((sum, { contents }) => sum + Buffer.byteLength(contents), 0);
  expect(bytes).toBeLessThan(MAX_START_BYTES);
});

test("of zod's languages, English is built in and no other", () => {
  const languages = sourcesOf(() => true).flatMap((source) => /zod\/v4\/locales\/(.+)\.js$/.exec(source)?.[1] ?? []);
  expect([...new Set(languages)]).toEqual(["en"]);
});

test("names are kept for stack traces and for what is stored under them, not for what Hono makes anew for every request", () => {
  const built = modulesIn(directory)
    .map(({ contents }) => contents)
    .join("\n");
  const isNamed = (name: string) => built.includes(`,"${name}")`);
  expect(["createServices", "AuthorizationCode", "RefreshToken", "JWTExpired"].filter((name) => !isNamed(name))).toEqual([]);
  expect(built).toContain("setRenderer=");
  expect(isNamed("setRenderer")).toBe(false);
});

function isAtStart(output: string): boolean {
  return atStart.some(({ name }) => output.endsWith(`/${name}`));
}

/** The source files of the outputs that are chosen. */
function sourcesOf(chosen: (output: string) => boolean): string[] {
  return Object.entries(metafile.outputs).flatMap(([output, { inputs }]) => (chosen(output) ? Object.keys(inputs) : []));
}
