// "What an isolate remembers" in docs/architecture.md names every file that remembers something, and no other.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const SRC = join(ROOT, "src");

/** A memory that outlives a request is made in a factory: as a cache, or as a map that is filled later. */
const MEMORY = /createExpiringCache[<(]|new (?:Weak)?Map(?:<[^\n]*>)?\(\)/;

/** Files with maps that do not outlive a request, or hold what the configuration, the routes or the schema alone decide. */
const NO_MEMORY: Record<string, string> = {
  "domain/expiring-cache.ts": "what the caches are made of",
  "domain/flights.ts": "only while somebody waits",
  "services.ts": "one entry per environment",
  "crypto/seal.ts": "one key per purpose and configured key",
  "storage/reusable.ts": "statements by database",
  "http/provider/door.ts": "one engine per set of services",
  "http/provider/request.ts": "one request's",
  "http/on-demand.ts": "contexts of requests, held by the requests",
  "http/management/door.ts": "methods by path",
  "http/management/description.ts": "one description per base URL",
  "http/console/form.ts": "one request's",
  "http/console/applications/signing-keys.ts": "empty",
  "http/errors.ts": "one request's",
  "http/selfservice/lookup.ts": "what requests have failed with, held by the requests",
  "storage/domains.ts": "one read's",
  "storage/domain-index.ts": "one read's",
};

test("the table has every memory", () => {
  const section = /## What an isolate remembers\n([\s\S]*?)\n## /.exec(
    readFileSync(join(ROOT, "docs/architecture.md"), "utf8"),
  )?.[1];
  const named = new Set([...(section?.split("**Nobody")[0] ?? "").matchAll(/\| `([\w/-]+\.ts)` \|/g)].map((match) => match[1]));
  const remembering = readdirSync(SRC, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => MEMORY.test(readFileSync(path, "utf8")))
    .map((path) => relative(SRC, path))
    .filter((path) => !(path in NO_MEMORY));
  expect([...named].sort()).toEqual(remembering.sort());
});
