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
import { readCursor, writeCursor } from "./cursor.ts";
import { reseal } from "./reseal.ts";
import { resealSigningKeys } from "./reseal-signing-keys.ts";

/** Milliseconds a change is left to its own write-through before the night shift looks after it. */
const OUTBOX_AGE_MS = 5_000;
const OUTBOX_LIMIT = 200;
/** A bulk read of KV takes 100 keys. */
const COMPARE_PAGE = 100;
const COMPARE_PAGES = 5;
/** Rows looked at in one step, and steps per table and run. */
const SWEEP_WINDOW = 1000;
const SWEEP_WINDOWS = 10;
/** Events that leave the log in one statement, and statements per run. */
const EVENT_BATCH = 1000;
const EVENT_BATCHES = 10;
/** Milliseconds past expiry before a row goes: clocks may jump, and nothing depends on it going soon (F34). */
const SWEEP_GRACE_MS = 24 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;

/** One run, on the database that holds the directory. Never throws; what happened is in one log line per task. */
export async function nightShift(runtime: Runtime): Promise<void> {
  const domains = createDomainService(runtime);
  const tasks: Record<string, () => Promise<object>> = {
    outbox: () => emptyOutbox(runtime, domains),
    compare: () => compareIndex(runtime, domains),
    consumed_transactions: () => sweep(runtime, "consumed_transactions"),
    sessions: () => sweep(runtime, "sessions"),
    attempt_counters: () => sweep(runtime, "attempt_counters"),
    provider_artifacts: () => sweep(runtime, "provider_artifacts"),
    session_token_exchanges: () => sweep(runtime, "session_token_exchanges"),
    events: () => forgetEvents(runtime),
    logout_notices: () => tellApps(runtime),
    key_check: () => ensureKeyCheck(runtime),
    reseal: () => reseal(runtime),
    reseal_signing_keys: () => resealSigningKeys(runtime),
  };
  for (const [task, run] of Object.entries(tasks)) {
    try {
      log("night-shift", "info", "night_shift", { task, ...(await run()) });
    } catch (error) {
      log("night-shift", "error", "night_shift_failed", { task, cause: causeOf(error) });
    }
  }
}

/** Apps that have not taken the word that a session has ended. */
function tellApps(runtime: Runtime): Promise<{ delivered: number; failed: number }> {
  const parts = { signingKeys: createSigningKeyService(runtime), provider: createProviderService(runtime) };
  return createBackChannel(runtime, parts).deliver();
}

/** Domains whose write-through was lost. */
async function emptyOutbox(runtime: Runtime, domains: DomainService): Promise<{ domains: number }> {
  const waiting = await listOutbox(runtime.directory, runtime.clock() - OUTBOX_AGE_MS, OUTBOX_LIMIT);
  await reconcileAll(domains, waiting);
  return { domains: waiting.length };
}

/** Walks all owned domains over many runs, and writes the entries that differ from D1 or are half way to their expiry. */
async function compareIndex(runtime: Runtime, domains: DomainService): Promise<{ compared: number; differing: number }> {
  const cursor = await readCursor(runtime, "domain_index");
  let after = cursor && { projectId: cursor[0], domain: cursor[1] };
  let compared = 0;
  let differing = 0;
  for (let page = 0; page < COMPARE_PAGES; page += 1) {
    const owned = await listOwnedDomains(runtime.directory, after, COMPARE_PAGE);
    const entries = await runtime.domainIndex.getMany(owned);
    if (!entries) return { compared, differing };
    const stale = await differingFrom(runtime, owned, entries);
    await reconcileAll(domains, stale);
    compared += owned.length;
    differing += stale.length;
    after = owned.length === COMPARE_PAGE ? owned.at(-1) : undefined;
    if (!after) break;
  }
  await writeCursor(runtime, "domain_index", after && [after.projectId, after.domain]);
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
async function sweep(runtime: Runtime, table: SweptTable): Promise<{ scanned: number; deleted: number }> {
  const db = runtime.directory;
  const before = runtime.clock() - SWEEP_GRACE_MS;
  const sum = { scanned: 0, deleted: 0 };
  let cursor = await readCursor(runtime, table);
  for (let step = 0; step < SWEEP_WINDOWS; step += 1) {
    const window = await readWindow(db, table, cursor, SWEEP_WINDOW, before);
    const expired = window.filter((row) => row.expired).map((row) => row.place);
    const [deleted = 0] = expired.length > 0 ? await db.commit([expiredDelete(db, table, expired, before)]) : [];
    sum.scanned += window.length;
    sum.deleted += deleted;
    cursor = window.length === SWEEP_WINDOW ? window.at(-1)?.place : undefined;
    if (!cursor) break;
  }
  await writeCursor(runtime, table, cursor);
  return sum;
}

/** Deletes the audit events that are older than the installation keeps them. */
async function forgetEvents(runtime: Runtime): Promise<{ deleted: number }> {
  const { eventRetentionDays } = runtime.config;
  let deleted = 0;
  if (eventRetentionDays === null) return { deleted };
  const bound = firstIdAt(runtime.clock() - eventRetentionDays * DAY_MS);
  for (let batch = 0; batch < EVENT_BATCHES; batch += 1) {
    const [count = 0] = await runtime.directory.commit([eventsBeforeDelete(runtime.directory, bound, EVENT_BATCH)]);
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
