// `npm run bench`: what Orgate costs, beside what the same runtime costs when it does next to nothing. Loopback only.

import { resolve } from "node:path";
import { QUIET_WRANGLER } from "../scripts/processes.ts";
import { benchAgainst } from "./against.ts";
import { startGenerator } from "./load/generator.ts";
import { HELP, readOptions } from "./options.ts";

process.chdir(resolve(import.meta.dirname, ".."));
Object.assign(process.env, QUIET_WRANGLER);
// So that nothing stays in memory when a run is interrupted: what has been started ends with the process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const options = readOptions(process.argv.slice(2));
if (!options) {
  console.log(HELP);
  process.exit(0);
}
const generator = startGenerator();
try {
  const { against } = options;
  if (against) console.log(await benchAgainst(against, options, generator));
  // Loaded only when it is needed: it brings wrangler along.
  else await (await import("./ours.ts")).benchOurs(options, generator);
} finally {
  generator.close();
}
