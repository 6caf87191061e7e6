// `npm run move-project -- --project ID --to N [--url URL]`: moves a project to another database while it is in use, by asking
// the running Orgate again and again. It may be stopped at any time and run again; `--cancel` takes a move back that has not
// switched yet. ROOT_KEY is read from the environment or, for a local one, from .dev.vars.

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const LOCAL = "http://localhost:8787";
/** How often in a row an answer may be missing, or 409 or 503, before giving up, and milliseconds between two attempts. */
const PATIENCE = 20;
const PAUSE_MS = 3000;

interface MoveWire {
  state: string;
  from: number;
  to: number;
  copied: number;
  pass: number;
  remaining_tables: number;
  wait_ms: number;
}

const { project, to, url, cancel } = readArguments();
const key = rootKey();
let last = "";
for (let failures = 0; ; ) {
  const answer = await ask().catch((error: unknown) => String(error));
  if (typeof answer === "string") {
    failures += 1;
    console.log(`${answer} (${failures} of ${PATIENCE})`);
    if (failures === PATIENCE) process.exit(1);
    await pause(PAUSE_MS);
    continue;
  }
  failures = 0;
  tell(answer);
  if (answer.state === "done" || answer.state === "cancelled") break;
  await pause(answer.wait_ms);
}

/** One part of the work; a text when it makes sense to try again. */
async function ask(): Promise<MoveWire | string> {
  const answer = await fetch(`${url}/projects/${encodeURIComponent(project)}/move`, {
    method: cancel ? "DELETE" : "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(cancel ? {} : { body: JSON.stringify({ database: Number(to) }) }),
  });
  const body = (await answer.json()) as MoveWire & { error?: { id: string; reason: string } };
  if (answer.ok) return body;
  if (cancel && answer.status === 404 && last !== "")
    return { ...body, state: "cancelled", from: 0, to: 0, copied: 0, pass: 0, remaining_tables: 0, wait_ms: 0 };
  const reason = `${answer.status} ${body.error?.id}: ${body.error?.reason}`;
  if (answer.status >= 500 || body.error?.id === "move_in_progress") return reason;
  console.error(reason);
  process.exit(1);
}

function tell({ state, from, to: target, copied, pass, remaining_tables: left }: MoveWire): void {
  const line = `${state}: database ${from} → ${target}, ${copied} rows copied, pass ${pass}, ${left} tables left`;
  if (line !== last) console.log(line);
  last = line;
}

function readArguments(): { project: string; to: string; url: string; cancel: boolean } {
  const { values } = parseArgs({
    options: {
      project: { type: "string" },
      to: { type: "string" },
      url: { type: "string", default: LOCAL },
      cancel: { type: "boolean", default: false },
    },
  });
  const { project: id, to: target = "", url: base, cancel: back } = values;
  if (!id || (!back && !/^\d+$/.test(target))) {
    console.error(
      "npm run move-project -- --project ID --to N [--url URL]\nnpm run move-project -- --project ID --cancel [--url URL]",
    );
    process.exit(2);
  }
  return { project: id, to: target, url: base.replace(/\/+$/, ""), cancel: back };
}

function rootKey(): string {
  const file = resolve(import.meta.dirname, "..", ".dev.vars");
  const local = existsSync(file) ? /^ROOT_KEY="?([^"\n]+)"?$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  // The key of the local one is no key for another.
  const found = process.env["ROOT_KEY"] ?? (new URL(url).hostname === "localhost" ? local : undefined);
  if (found) return found;
  console.error("Set ROOT_KEY to the installation's root key.");
  process.exit(2);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
