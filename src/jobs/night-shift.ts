// The night shift, every few minutes: brings the KV index in line with D1, carries out what has expired, and seals again
// what an older key sealed. Each task does a bounded amount, remembers where it stopped, and fails alone.

import { createDomainService, type DomainService, entryOf, sameEntry } from "../domain/domains/service.ts";
import { DomainError } from "../domain/errors.ts";
import { firstIdAt } from "../domain/events/reference.ts";
import { createBackChannel } from "../domain/provider/back-channel.ts";
import { createProviderService } from "../domain/provider/service.ts";
import { ensureKeyCheck } from "../domain/readiness.ts";
import { createSigningKeyService } from "../domain/signing-keys/service.ts";
import { log } from "../http/log.ts";
import type { Runtime } from "../services.ts";
import { type DomainEntry, keyOf, RENEW_AFTER_MS } from "../storage/domain-index.ts";
import { type DomainName, listOutbox, listOwnedDomains, readDomains } from "../storage/domains.ts";
import { eventsBeforeDelete } from "../storage/event-retention.ts";
import { expiredDelete, readWindow, type SweptTable } from "../storage/instance.ts";
import { finishMoves } from "./abandoned-moves.ts";
import { mendCopies, removeStrays } from "./copies.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { renewFilters } from "./domain-filters.ts";
import {
  COMPARE_PAGE,
  COMPARE_PAGES,
  EVENT_BATCH,
  EVENT_BATCHES,
  OUTBOX_AGE_MS,
  OUTBOX_LIMIT,
  QUERIES_PER_RUN,
  SWEEP_GRACE_MS,
  SWEEP_WINDOW,
  SWEEP_WINDOWS,
} from "./pace.ts";
import { reseal } from "./reseal.ts";
import { resealSigningKeys } from "./reseal-signing-keys.ts";
import { rememberTurns, type Turn, turnsOf } from "./turn.ts";

const DAY_MS = 24 * 3600 * 1000;

type Task = [name: string, run: (turn: Turn) => Promise<object>];

/** What somebody waits for: first, in every database. */
const URGENT: readonly Task[] = [
  ["outbox", emptyOutbox],
  ["logout_notices", tellApps],
];

/** Database by database, as long as the run may ask. What may take the most comes last. */
const STEADY: readonly Task[] = [
  ["events", forgetEvents],
  ["consumed_transactions", (turn) => sweep(turn, "consumed_transactions")],
  ["sessions", (turn) => sweep(turn, "sessions")],
  ["attempt_counters", (turn) => sweep(turn, "attempt_counters")],
  ["provider_artifacts", (turn) => sweep(turn, "provider_artifacts")],
  ["session_token_exchanges", (turn) => sweep(turn, "session_token_exchanges")],
  ["reseal", reseal],
  ["reseal_signing_keys", resealSigningKeys],
];
const OF_THE_DIRECTORY: readonly Task[] = [["key_check", ({ runtime }) => ensureKeyCheck(runtime)]];
const OF_OTHER_PLACES: readonly Task[] = [
  ["copies", mendCopies],
  ["strays", removeStrays],
];
const OF_SEVERAL: readonly Task[] = [["moves", finishMoves]];
const OF_THE_INDEX: readonly Task[] = [
  ["domain_filters", renewFilters],
  ["compare", compareIndex],
];

/** One run, on every database. Never throws; what happened is in one log line per task and database. */
export async function nightShift(runtime: Runtime, queries: number = QUERIES_PER_RUN): Promise<void> {
  const turns = await turnsOf(runtime, queries);
  for (const turn of turns) await work(turn, URGENT);
  let done = 0;
  for (const turn of turns) {
    const ofPlace = turn.place === 0 ? OF_THE_DIRECTORY : OF_OTHER_PLACES;
    await work(turn, [...STEADY, ...ofPlace, ...(runtime.placement.several ? OF_SEVERAL : []), ...OF_THE_INDEX]);
    if (turn.spent()) break;
    done += 1;
  }
  if (runtime.placement.several) await rememberTurns(turns, done).catch(() => undefined);
}

/** Each task fails alone. */
async function work(turn: Turn, tasks: readonly Task[]): Promise<void> {
  const where = turn.runtime.placement.several ? { place: turn.place } : {};
  for (const [task, run] of tasks) {
    if (turn.spent()) return;
    try {
      log("night-shift", "info", "night_shift", { task, ...where, ...(await run(turn)) });
    } catch (error) {
      log("night-shift", "error", "night_shift_failed", { task, ...where, cause: causeOf(error) });
    }
  }
}

/** Apps that have not taken the word that a session has ended. */
function tellApps({ runtime, db }: Turn): Promise<{ delivered: number; failed: number }> {
  const parts = { signingKeys: createSigningKeyService(runtime), provider: createProviderService(runtime) };
  return createBackChannel(runtime, parts).deliver(db);
}

/** Domains whose write-through was lost. */
async function emptyOutbox({ runtime, db }: Turn): Promise<{ domains: number }> {
  const waiting = await listOutbox(db, runtime.clock() - OUTBOX_AGE_MS, OUTBOX_LIMIT);
  await reconcileAll(createDomainService(runtime), waiting);
  return { domains: waiting.length };
}

/** Walks all owned domains over many runs, and writes the entries that differ from D1 or are half way to their expiry. */
async function compareIndex({ runtime, db, spent }: Turn): Promise<{ compared: number; differing: number }> {
  const domains = createDomainService(runtime);
  const cursor = await readCursor(db, "domain_index");
  let after = cursor && { projectId: cursor[0], domain: cursor[1] };
  let compared = 0;
  let differing = 0;
  for (let page = 0; page < COMPARE_PAGES && !spent(); page += 1) {
    const owned = await listOwnedDomains(db, after, COMPARE_PAGE);
    const entries = await runtime.domainIndex.getMany(owned);
    if (!entries) return { compared, differing };
    const stale = await differingFrom(runtime, owned, entries);
    await reconcileAll(domains, stale);
    compared += owned.length;
    differing += stale.length;
    after = owned.length === COMPARE_PAGE ? owned.at(-1) : undefined;
    if (!after) break;
  }
  await writeCursor(db, "domain_index", after && [after.projectId, after.domain]);
  return { compared, differing };
}

async function differingFrom(
  runtime: Runtime,
  owned: readonly DomainName[],
  entries: ReadonlyMap<string, DomainEntry>,
): Promise<DomainName[]> {
  const now = runtime.clock();
  const stale: DomainName[] = [];
  for (const [projectId, names] of Map.groupBy(owned, (name) => name.projectId)) {
    const truth = await readDomains(
      runtime.databaseFor(projectId),
      projectId,
      names.map((name) => name.domain),
    );
    for (const facts of truth) {
      const entry = entries.get(keyOf(projectId, facts.domain));
      const wanted = entryOf(facts, now);
      const missing = entry === undefined && wanted.state === "live";
      const wrong = entry !== undefined && (!sameEntry(entry, wanted) || isOld(entry, now));
      if (missing || wrong) stale.push({ projectId, domain: facts.domain });
    }
  }
  return stale;
}

function isOld(entry: { state: "live" | "gone"; at: number }, now: number): boolean {
  return entry.state === "live" && entry.at < now - RENEW_AFTER_MS;
}

async function reconcileAll(domains: DomainService, names: readonly DomainName[]): Promise<void> {
  for (const [projectId, ofProject] of Map.groupBy(names, (name) => name.projectId)) {
    await domains.reconcile(
      projectId,
      ofProject.map((name) => name.domain),
    );
  }
}

/** Deletes what has expired in the next windows of a table's primary key, up to the table's end. */
async function sweep({ runtime, db, spent }: Turn, table: SweptTable): Promise<{ scanned: number; deleted: number }> {
  const before = runtime.clock() - SWEEP_GRACE_MS;
  const sum = { scanned: 0, deleted: 0 };
  let cursor = await readCursor(db, table);
  for (let step = 0; step < SWEEP_WINDOWS && !spent(); step += 1) {
    const window = await readWindow(db, table, cursor, SWEEP_WINDOW, before);
    const expired = window.filter((row) => row.expired).map((row) => row.place);
    const [deleted = 0] = expired.length > 0 ? await db.commit([expiredDelete(db, table, expired, before)]) : [];
    sum.scanned += window.length;
    sum.deleted += deleted;
    cursor = window.length === SWEEP_WINDOW ? window.at(-1)?.place : undefined;
    if (!cursor) break;
  }
  await writeCursor(db, table, cursor);
  return sum;
}

/** Deletes the audit events that are older than the installation keeps them. */
async function forgetEvents({ runtime, db, spent }: Turn): Promise<{ deleted: number }> {
  const { eventRetentionDays } = runtime.config;
  let deleted = 0;
  if (eventRetentionDays === null) return { deleted };
  const bound = firstIdAt(runtime.clock() - eventRetentionDays * DAY_MS);
  for (let batch = 0; batch < EVENT_BATCHES && !spent(); batch += 1) {
    const [count = 0] = await db.commit([eventsBeforeDelete(db, bound, EVENT_BATCH)]);
    deleted += count;
    if (count < EVENT_BATCH) break;
  }
  return { deleted };
}

/** The driver's short text, never a value. */
function causeOf(error: unknown): string {
  if (error instanceof DomainError) return error.cause instanceof Error ? error.cause.message : error.code;
  return error instanceof Error ? error.name : "unknown";
}
