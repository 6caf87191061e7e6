// KV and isolate memory for what IdPs publish: discovery documents and key sets. It holds only what the IdP can give again,
// under a key that names the connection's trust revision, so that an entry of an earlier configuration is never met.
// However many requests want a document at once, KV is asked once and the IdP once (domain/flights.ts).

import { createFlights, type Flights } from "../domain/flights.ts";
import type { CachedDocument, DocumentCache, DocumentKey, DocumentSource, LoadFailure } from "../protocols/document-cache.ts";
import { inTime } from "./in-time.ts";

export const FRESH_MS: Record<DocumentKey["kind"], number> = { jwks: 5 * 60_000, meta: 60 * 60_000 };
/**
 * Age at which KV's copy of an unchanged document is written again. Metadata are fresh until then anyway. Keys are fresh for
 * too short a time for others to find them so: nearly every isolate asks the IdP itself, and the copy in KV is for its outages.
 */
export const WRITE_AGAIN_MS: Record<DocumentKey["kind"], number> = { jwks: 6 * 60 * 60_000, meta: 60 * 60_000 };
const STALE_MS = 24 * 60 * 60_000;
const FORCED_EVERY_MS = 30_000;
/** So that a hanging endpoint costs one login its time limit, not each. */
const RETRY_AFTER_MS = 30_000;
const KV_TIMEOUT_MS = 300;
/** Longer than a load may take, and longer than KV and a load may take. */
const LOAD_PATIENCE_MS = 3_500;
const FIND_PATIENCE_MS = 4_000;
export const MAX_ENTRIES = 2_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

interface Entry {
  document: object;
  fetchedAt: number;
  /** The document as text. */
  text: string;
  /** When it was fetched that KV, as far as we know, has this same text. */
  storedAt: number;
  /** The IdP failed while this was old: until then it is served without asking again. */
  retryAt?: number;
}

type Outcome = { ok: true; entry: Entry } | LoadFailure;

interface State {
  kv: KVNamespace;
  clock: () => number;
  background: (work: Promise<unknown>) => void;
  entries: Map<string, Entry>;
  characters: number;
  finds: Flights<CachedDocument<object, LoadFailure>>;
  loads: Flights<Outcome>;
  forcedAt: Map<string, number>;
}

/** @param background lets the KV write finish after the answer has gone out */
export function createDocumentCache(
  kv: KVNamespace,
  clock: () => number,
  background: (work: Promise<unknown>) => void = (work) => void work.catch(() => undefined),
): DocumentCache {
  const state: State = {
    kv,
    clock,
    background,
    entries: new Map(),
    characters: 0,
    finds: createFlights({ clock, background, patience: FIND_PATIENCE_MS }),
    loads: createFlights({ clock, background, patience: LOAD_PATIENCE_MS }),
    forcedAt: new Map(),
  };
  return {
    get: (key, source) => get(state, key, source),
    refresh: (key, source) => refresh(state, key, source),
  };
}

async function get<T extends object, F extends LoadFailure>(
  state: State,
  key: DocumentKey,
  source: DocumentSource<T, F>,
): Promise<CachedDocument<T, F>> {
  const name = memoryName(key);
  const remembered = recall(state, name);
  if (remembered && age(state, remembered.fetchedAt) < FRESH_MS[key.kind]) {
    return { ok: true, document: remembered.document as T, stale: false };
  }
  if (remembered?.retryAt && state.clock() < remembered.retryAt && age(state, remembered.fetchedAt) < STALE_MS) {
    return { ok: true, document: remembered.document as T, stale: true };
  }
  return (await state.finds.share(name, () => find(state, key, source, remembered))) as CachedDocument<T, F>;
}

/** From KV, else from the IdP, when what is remembered is nothing or too old. */
async function find<T extends object, F extends LoadFailure>(
  state: State,
  key: DocumentKey,
  source: DocumentSource<T, F>,
  remembered: Entry | undefined,
): Promise<CachedDocument<T, F>> {
  const stored = await readKv(state, key, source);
  const newest = stored && (!remembered || stored.fetchedAt > remembered.fetchedAt) ? stored : remembered;
  if (newest && newest === stored) remember(state, memoryName(key), newest);
  if (newest && age(state, newest.fetchedAt) < FRESH_MS[key.kind])
    return { ok: true, document: newest.document as T, stale: false };
  return await loadOrFallBack(state, key, source, newest, stored);
}

async function refresh<T extends object, F extends LoadFailure>(
  state: State,
  key: DocumentKey,
  source: DocumentSource<T, F>,
): Promise<CachedDocument<T, F> | undefined> {
  const name = memoryName(key);
  const forcedAt = state.forcedAt.get(name);
  const underWay = state.loads.has(name);
  if (!underWay && forcedAt !== undefined && Math.abs(state.clock() - forcedAt) < FORCED_EVERY_MS) return undefined;
  if (!underWay) setBounded(state.forcedAt, name, state.clock());
  const last = recall(state, name);
  return await loadOrFallBack(state, key, source, last, last);
}

/** @param inKv what KV has, as far as we know */
async function loadOrFallBack<T extends object, F extends LoadFailure>(
  state: State,
  key: DocumentKey,
  source: DocumentSource<T, F>,
  last: Entry | undefined,
  inKv: Entry | undefined,
): Promise<CachedDocument<T, F>> {
  const outcome = await state.loads.share(memoryName(key), async (): Promise<Outcome> => {
    const loaded = await source.load();
    return loaded.ok ? { ok: true, entry: keep(state, key, loaded.document, inKv) } : loaded;
  });
  if (outcome.ok) return { ok: true, document: outcome.entry.document as T, stale: false };
  const failure = outcome as F;
  if (!last || age(state, last.fetchedAt) >= STALE_MS || !source.isOutage(failure)) return failure;
  last.retryAt = state.clock() + RETRY_AFTER_MS;
  return { ok: true, document: last.document as T, stale: true };
}

/**
 * Remembers a document just loaded, and writes it to KV unless that has the same and not for long; a failing write is nobody's
 * problem (F2).
 */
function keep(state: State, key: DocumentKey, document: object, inKv: Entry | undefined): Entry {
  const fetchedAt = state.clock();
  const text = JSON.stringify(document);
  const isStored = inKv?.text === text && age(state, inKv.storedAt) < WRITE_AGAIN_MS[key.kind];
  const entry: Entry = { document, fetchedAt, text, storedAt: isStored ? inKv.storedAt : fetchedAt };
  remember(state, memoryName(key), entry);
  if (!isStored) state.background(write(state.kv, kvName(key), storedForm(key, fetchedAt, document)));
  return entry;
}

function storedForm(key: DocumentKey, fetchedAt: number, document: object): string {
  return JSON.stringify({ issuer: key.issuer, project_id: key.projectId, fetched_at: fetchedAt, document });
}

async function write(kv: KVNamespace, name: string, value: string): Promise<void> {
  try {
    await kv.put(name, value, { expirationTtl: STALE_MS / 1000 });
  } catch {
    // The next isolate asks the IdP itself.
  }
}

/** A slow, failing or misrouted KV is a miss (F1): the entry must name this issuer and this project. */
async function readKv<T extends object, F extends LoadFailure>(
  state: State,
  key: DocumentKey,
  source: DocumentSource<T, F>,
): Promise<Entry | undefined> {
  try {
    const text = await inTime(state.kv.get(kvName(key), "text"), KV_TIMEOUT_MS, "KV");
    if (typeof text !== "string") return undefined;
    const value = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { issuer, project_id, fetched_at, document } = value as Record<string, unknown>;
    if (issuer !== key.issuer || project_id !== key.projectId || typeof fetched_at !== "number") return undefined;
    if (!(fetched_at <= state.clock() + 60_000) || !source.isUsable(document)) return undefined;
    return { document, fetchedAt: fetched_at, text: JSON.stringify(document), storedAt: fetched_at };
  } catch {
    return undefined;
  }
}

/** Negative ages (a clock set back) count as old, so that nothing stays fresh for longer than its time (F34). */
function age(state: State, since: number): number {
  const elapsed = state.clock() - since;
  return elapsed < -60_000 ? STALE_MS : Math.max(0, elapsed);
}

function recall(state: State, name: string): Entry | undefined {
  const entry = state.entries.get(name);
  if (!entry) return undefined;
  state.entries.delete(name);
  state.entries.set(name, entry);
  return entry;
}

function remember(state: State, name: string, entry: Entry): void {
  forget(state, name);
  state.entries.set(name, entry);
  state.characters += entry.text.length;
  for (const oldest of state.entries.keys()) {
    if (state.entries.size <= MAX_ENTRIES && state.characters <= MAX_CHARACTERS) break;
    forget(state, oldest);
  }
}

function forget(state: State, name: string): void {
  state.characters -= state.entries.get(name)?.text.length ?? 0;
  state.entries.delete(name);
}

function setBounded(map: Map<string, number>, name: string, value: number): void {
  map.delete(name);
  map.set(name, value);
  const oldest = map.keys().next().value;
  if (map.size > MAX_ENTRIES && oldest !== undefined) map.delete(oldest);
}

function kvName(key: DocumentKey): string {
  return `${key.kind}:${key.connectionId}:${key.trustRevision}`;
}

function memoryName(key: DocumentKey): string {
  return `${key.projectId}/${kvName(key)}/${key.issuer}`;
}
