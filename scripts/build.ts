// The Worker as it is deployed: what every isolate needs in index.js and the chunks that it names, and each room that few
// requests enter (the APIs, the console, the provider's library) in chunks that are read when somebody first comes to its door.
// `wrangler dev` makes one file of everything, which is as good for one isolate that lives all day: workerd parses all of a
// file before the first request, and evaluates around it what may never be asked for.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { extname, join, relative, resolve } from "node:path";
import { build, type Metafile, type Plugin, transform } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const TSCONFIG = readFileSync(join(ROOT, "tsconfig.json"), "utf8");
const ENGLISH = join(ROOT, "node_modules/zod/v4/locales/en.js");

/** Builds into `directory` and returns what stands in it and why. Chunks of an earlier build are removed. */
export async function buildModules(directory: string, { minify = true } = {}): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/index.ts"],
    outdir: directory,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    define: { "process.env.NODE_ENV": '"production"', "navigator.userAgent": '"Cloudflare-Workers"' },
    loader: { ".css": "text" },
    minify,
    sourcemap: true,
    metafile: true,
    logLevel: "warning",
    plugins: [runtimeModules, assetsAsText, englishOnly, names],
  });
  const built = new Set(Object.keys(metafile.outputs).map((path) => resolve(ROOT, path)));
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = resolve(entry.parentPath, entry.name);
    if (entry.isFile() && /\.js(?:\.map)?$/.test(path) && !built.has(path)) rmSync(path, { force: true });
  }
  return metafile;
}

/** Paths of the entry and of the chunks that it cannot do without, relative to the build's directory, the entry first. */
export function startModules({ outputs }: Metafile, directory: string): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === "src/index.ts") ?? "";
  const found = new Set([entry]);
  for (const path of found) {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && !external) found.add(imported);
    }
  }
  return [...found].map((path) => relative(directory, resolve(ROOT, path)));
}

/** What workerd brings along. Packages that `require` a module of Node's get its default export. */
const runtimeModules: Plugin = {
  name: "modules of the runtime",
  setup({ onResolve, onLoad }) {
    const names = builtinModules.filter((name) => !name.startsWith("_")).join("|");
    onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: new RegExp(`^(?:node:.+|${names})$`) }, ({ path, kind }) => {
      const name = path.startsWith("node:") ? path : `node:${path}`;
      return kind === "require-call" ? { path: name, namespace: "required" } : { path: name, external: true };
    });
    onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
      contents: `import required from "${path}"; module.exports = required;`,
    }));
  },
};

/** Scripts of the pages are data to the Worker, as their styles are. */
const assetsAsText: Plugin = {
  name: "assets as text",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]views[\\/]assets[\\/][^\\/]+\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8"),
      loader: "text",
    }));
  },
};

/** Of zod's fifty languages the one that it speaks by itself; every message that people see is ours. */
const englishOnly: Plugin = {
  name: "English only",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ importer }) =>
      /[\\/]zod[\\/]v4[\\/]/.test(importer) ? { path: ENGLISH, sideEffects: false } : undefined,
    );
  },
};

/**
 * Minifying takes names away. Ours stay, so that the log's stack traces say where something went wrong; so do those of the
 * provider's library, which stores its models by the names of their classes, and of jose's errors. Kept everywhere, they cost a
 * third of what Hono does for a request: every function that is made in one would be given its name anew.
 */
const names: Plugin = {
  name: "names",
  setup({ onLoad }) {
    const libraries = /[\\/]node_modules[\\/](?:oidc-provider[\\/]lib|jose[\\/]dist[\\/]webapi[\\/]util)[\\/].+\.js$/;
    const ours = /[\\/]src[\\/].+\.tsx?$/;
    for (const filter of [libraries, ours])
      onLoad({ filter }, async ({ path }) => ({ contents: await named(path), loader: "js" }));
  },
};

async function named(path: string): Promise<string> {
  const { code } = await transform(readFileSync(path, "utf8"), {
    keepNames: true,
    loader: extname(path).slice(1) as "js" | "ts" | "tsx",
    tsconfigRaw: TSCONFIG,
    target: "es2024",
    sourcefile: path,
    sourcemap: "inline",
  });
  return code;
}
