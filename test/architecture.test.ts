// The corridors and house rules of docs/architecture.md, read from the source itself.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const LONGEST_FILE = 300;

interface Source {
  /** Relative to src/, e.g. `http/errors.ts`. */
  path: string;
  text: string;
  /** Without comments. */
  code: string;
  /** Files of ours, relative to src/. */
  own: string[];
  packages: string[];
}

const sources = readSources();

/** Which parts a part may import; a part is a folder of src/, or a file in it. It may always import itself. */
const CORRIDORS: Record<string, string[]> = {
  "index.ts": ["app.ts", "jobs", "services.ts"],
  "app.ts": ["http", "domain"],
  "services.ts": ["config.ts", "crypto", "domain", "net", "protocols", "storage"],
  "config.ts": ["crypto"],
  http: ["config.ts", "crypto", "domain", "protocols", "services.ts", "views"],
  views: ["crypto", "domain"],
  domain: ["config.ts", "crypto", "net", "protocols", "services.ts", "storage"],
  protocols: ["crypto", "domain", "net"],
  storage: ["crypto", "domain"],
  jobs: ["config.ts", "domain", "services.ts", "storage"],
  crypto: [],
  net: [],
};

/** Imports that cross a wall on purpose, each with its reason. */
const CROSSINGS: Record<string, string> = {
  "storage/document-cache.ts -> protocols/document-cache.ts": "provides the memory whose shape the interpreters ask for",
  "http/errors.ts -> storage/database.ts": "the last resort names a constraint that no service foresaw",
  "jobs/night-shift.ts -> http/log.ts": "one shape for every line of the log",
  "views/assets.ts -> ../node_modules/modern-normalize/modern-normalize.css": "the CSS base is a file of its package",
};

/** Packages that only some parts may know. */
const PACKAGES: [pattern: RegExp, parts: string[]][] = [
  [/^drizzle-orm/, ["storage"]],
  [/^(hono|@hono\/)/, ["app.ts", "http", "views"]],
  [/^oauth4webapi$/, ["protocols"]],
  [/^jose$/, ["config.ts", "crypto", "protocols"]],
  [/^cloudflare:(?!node$)/, ["services.ts"]],
  // The provider library is a Node application, and a door of its own.
  [/^(?:oidc-provider|cloudflare:node|node:http)$/, ["http"]],
  [/^node:crypto$/, ["crypto"]],
];

/** Decisions: pure functions over nouns, importing nothing but each other. */
const DECISIONS = [
  "domain/errors.ts",
  "domain/login/admission.ts",
  "domain/login/linking.ts",
  "domain/login/routing.ts",
  "domain/sessions/session.ts",
  "domain/domains/domain-name.ts",
  "domain/domains/email-address.ts",
];

describe("corridors", () => {
  test("every part is one that the corridors know", () => {
    expect(violations((s) => (partOf(s.path) in CORRIDORS ? [] : ["unknown part"]))).toEqual([]);
  });

  test("parts import only what their corridors lead to", () => {
    expect(
      violations(({ path, own }) =>
        own
          .filter((target) => {
            const [from, to] = [partOf(path), partOf(target)];
            return from !== to && !CORRIDORS[from]?.includes(to) && !(`${path} -> ${target}` in CROSSINGS);
          })
          .map((target) => `imports ${target}`),
      ),
    ).toEqual([]);
  });

  test.each(PACKAGES)("%s is known only to its parts", (pattern, parts) => {
    expect(
      violations(({ path, packages }) =>
        parts.includes(partOf(path)) ? [] : packages.filter((name) => pattern.test(name)).map((name) => `imports ${name}`),
      ),
    ).toEqual([]);
  });

  test("decisions import only decisions and nouns", () => {
    const impure = /service|storage\/|crypto\/|net\/|config|http\//;
    expect(
      violations(({ path, own }) =>
        DECISIONS.includes(path) ? own.filter((target) => impure.test(target)).map((target) => `imports ${target}`) : [],
      ),
    ).toEqual([]);
  });

  test("nobody imports the entry or the list of doors", () => {
    expect(violations(({ path, own }) => own.filter((t) => t === "index.ts" || (t === "app.ts" && path !== "index.ts")))).toEqual(
      [],
    );
  });
});

describe("house rules", () => {
  const rules: [name: string, pattern: RegExp, except: (path: string) => boolean][] = [
    ["the outside is called only from net/", /(?<![.\w])fetch\(|globalThis\.fetch/, (path) => path.startsWith("net/")],
    ["the clock is injected", /\bDate\.now\b|new Date\(\)/, isWiring],
    ["randomness comes from crypto/", /\bMath\.random\b|getRandomValues|randomBytes/, isWiring],
    ["no `any`", /:\s*any\b|\bas any\b|<any[,>]|any\[\]/, () => false],
    ["no interactive transactions on D1", /\.transaction\(/, () => false],
    ["no module-level variables that change", /^(?:export )?(?:let|var)\b/m, () => false],
    [
      "no module-level caches",
      /^(?:export )?const [^\n]*= new (?:Weak)?(?:Map|Set)\b(?:<[^\n]*>)?\(\)/m,
      (path) => path === "services.ts",
    ],
    ["only the Worker entry has a default export", /^export default\b/m, (path) => path === "index.ts"],
    ["joins do not stand in readAll", /readAll\(\[[^\]]*(?:innerJoin|leftJoin)/, () => false],
  ];
  test.each(rules)("%s", (_name, pattern, except) => {
    expect(violations(({ path, code }) => (except(path) ? [] : (pattern.exec(code)?.slice(0, 1) ?? [])))).toEqual([]);
  });

  test("zod is imported as a namespace, so that only what is used is bundled", () => {
    expect(violations(({ text }) => text.match(/import \{[^}]*\bz\b[^}]*\} from "zod"/) ?? [])).toEqual([]);
  });

  test("imports of our own files carry their ending", () => {
    expect(
      violations(({ text }) =>
        [...text.matchAll(/from "(\.[^"]*(?<!\.tsx?)(?<!\.(?:css|js|svg|json)))"/g)].map((m) => m[1] ?? ""),
      ),
    ).toEqual([]);
  });

  test("every file says in its first line what it is for", () => {
    expect(violations(({ text }) => (/^\/\/ \S.{8,}/.test(text) ? [] : ["no first comment line"]))).toEqual([]);
  });

  test(`no file is longer than ${LONGEST_FILE} lines`, () => {
    expect(
      violations(({ text }) => (text.split("\n").length - 1 > LONGEST_FILE ? [`${text.split("\n").length - 1} lines`] : [])),
    ).toEqual([]);
  });

  test("no placeholders and no unfinished marks", () => {
    expect(violations(({ text }) => text.match(/\b(?:TODO|FIXME|XXX|PLACEHOLDER)\b/g) ?? [])).toEqual([]);
  });
});

describe("tests", () => {
  test("none is skipped, narrowed or left to be written", () => {
    const marks = /\b(?:it|test|describe)\.(?:skip|only|todo|fails)\(/;
    const found = filesBelow(join(ROOT, "test"))
      .filter((path) => /\.test\.tsx?$/.test(path))
      .filter((path) => marks.test(readFileSync(path, "utf8")))
      .map((path) => relative(ROOT, path));
    expect(found).toEqual([]);
  });
});

/** The wiring and the safe may know the clock and chance. */
function isWiring(path: string): boolean {
  return path === "services.ts" || path.startsWith("crypto/");
}

function violations(find: (source: Source) => string[]): string[] {
  return sources.flatMap((source) => find(source).map((what) => `src/${source.path}: ${what.trim()}`));
}

function partOf(path: string): string {
  return path.split("/")[0] ?? path;
}

function readSources(): Source[] {
  const src = join(ROOT, "src");
  return filesBelow(src)
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))
    .map((file) => {
      const text = readFileSync(file, "utf8");
      const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\() ?"([^"]+)"/g)].map((match) => match[1] ?? "");
      const own = specifiers.filter((name) => name.startsWith(".")).map((name) => relative(src, resolve(dirname(file), name)));
      return {
        path: relative(src, file),
        text,
        code: withoutComments(text),
        own,
        packages: specifiers.filter((n) => !n.startsWith(".")),
      };
    });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/[^\n]*/g, "$1");
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
