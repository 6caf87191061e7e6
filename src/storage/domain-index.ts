// The KV domain index: which connections an e-mail domain leads to, and which project a host stands for. Derived from D1,
// may be stale, lost or wrong at any time. It may misroute a person, never admit one: whoever opens a door asks D1.
//
// Every entry names its project and domain again, and an entry that is not exactly what its key promises is a miss (F1).
// A domain that is no longer owned becomes a `gone` marker, never a bare delete; domains that nobody owns are never written.
// Beside the entries stands one filter for each project: which of its domains are worth asking KV for.

import type { DomainFilter } from "../domain/domains/domain-filter.ts";
import { inTime } from "./in-time.ts";

/** What KV says of a domain. */
export interface DomainEntry {
  /** `projects.index_revision` when the entry was read from D1. */
  v: number;
  project_id: string;
  domain: string;
  state: "live" | "gone";
  /** null when gone. */
  organization_id: string | null;
  /** What the organization offers: its enabled connections, or none when it is disabled. */
  connections: { id: string; label: string }[];
  /** Milliseconds. */
  at: number;
}

/** Which domains of a project KV has been given, as one value. */
export interface ProjectFilter {
  projectId: string;
  /** `projects.index_revision` before the domains were read. */
  revision: number;
  /** How many domains are in it. */
  count: number;
  /** Milliseconds. */
  at: number;
  bits: DomainFilter;
}

export interface DomainIndex {
  /** The entry, or undefined when there is none, KV does not answer in 300 ms, or it is not what its key promises. */
  get(projectId: string, domain: string): Promise<DomainEntry | undefined>;
  /** Those of up to 100 entries that are there and sound, by `keyOf`; undefined when KV does not answer. */
  getMany(names: readonly { projectId: string; domain: string }[]): Promise<Map<string, DomainEntry> | undefined>;
  /** Whether the entry was stored. KV takes one write a second per key; a refused one is tried once more after that. Never throws (F2). */
  put(entry: DomainEntry): Promise<boolean>;
  /** The filter of a project; null when there is none that is sound and names the project, undefined when KV does not answer. */
  getFilter(projectId: string): Promise<ProjectFilter | null | undefined>;
  /** Whether it was stored. Never throws (F2). */
  putFilter(filter: ProjectFilter): Promise<boolean>;
  /** Id of the project that a host name stood for a few minutes ago at most. */
  getHost(host: string): Promise<string | undefined>;
  putHost(host: string, projectId: string): Promise<void>;
}

/** Milliseconds to wait for KV before D1 is asked. */
const READ_TIMEOUT_MS = 300;
/** Milliseconds to wait for many keys, or for a filter; nobody waits for these. */
const BULK_TIMEOUT_MS = 5000;
/** Seconds. KV's smallest cacheTtl: a change is seen everywhere in about this time. */
export const CACHE_TTL = 30;
/** Seconds. Long enough that a late write of an old value would have been overwritten or noticed. */
const GONE_TTL = 7 * 24 * 3600;
/** Seconds. The sweep renews entries at half of it, so only one that D1 does not know any more ever expires. */
const LIVE_TTL = 30 * 24 * 3600;
/** Seconds. A host that moves to another project is seen by the lookup after this time at the latest. */
const HOST_TTL = 300;
/** Seconds. A filter is written once an hour at most. */
const FILTER_CACHE_TTL = 300;
/** Bytes of a filter: of 400,000 domains (src/jobs/pace.ts). */
export const MAX_FILTER_BYTES = 500_000;
const WRITE_PAUSE_MS = 1100;

/** When the sweep writes a live entry or a filter again although nothing differs, milliseconds. */
export const RENEW_AFTER_MS = (LIVE_TTL / 2) * 1000;

/** The KV key of a domain. */
export function keyOf(projectId: string, domain: string): string {
  return `dom:v1:${projectId}:${domain}`;
}

/** The KV key of a project's filter. */
export function filterKeyOf(projectId: string): string {
  return `domains:v1:${projectId}`;
}

/** What stands beside a filter's bits, as KV has it. */
export function filterMetadata({ projectId, revision, count, at, bits }: ProjectFilter): Record<string, unknown> {
  return { project_id: projectId, revision, count, at, bytes: bits.length };
}

export function createDomainIndex(kv: KVNamespace): DomainIndex {
  return {
    async get(projectId, domain) {
      const value = await readOrMiss(kv.get(keyOf(projectId, domain), { type: "json", cacheTtl: CACHE_TTL }));
      return isEntry(value, projectId, domain) ? value : undefined;
    },

    async getMany(names) {
      const found = new Map<string, DomainEntry>();
      if (names.length === 0) return found;
      const keys = names.map(({ projectId, domain }) => keyOf(projectId, domain));
      const values = await readOrMiss(kv.get<unknown>(keys, { type: "json", cacheTtl: CACHE_TTL }), BULK_TIMEOUT_MS);
      if (!(values instanceof Map)) return undefined;
      for (const { projectId, domain } of names) {
        const value: unknown = values.get(keyOf(projectId, domain));
        if (isEntry(value, projectId, domain)) found.set(keyOf(projectId, domain), value);
      }
      return found;
    },

    async put(entry) {
      const expirationTtl = entry.state === "gone" ? GONE_TTL : LIVE_TTL;
      const write = () => kv.put(keyOf(entry.project_id, entry.domain), JSON.stringify(entry), { expirationTtl });
      if (await succeeds(write)) return true;
      await new Promise((resolve) => setTimeout(resolve, WRITE_PAUSE_MS));
      return await succeeds(write);
    },

    async getFilter(projectId) {
      const read = kv.getWithMetadata(filterKeyOf(projectId), { type: "arrayBuffer", cacheTtl: FILTER_CACHE_TTL });
      const stored = await readOrMiss(read, BULK_TIMEOUT_MS);
      return stored === undefined ? undefined : toFilter(stored, projectId);
    },

    putFilter(filter) {
      const options = { expirationTtl: LIVE_TTL, metadata: filterMetadata(filter) };
      return succeeds(() => kv.put(filterKeyOf(filter.projectId), filter.bits, options));
    },

    async getHost(host) {
      const value = await readOrMiss(kv.get(hostKey(host), { type: "json", cacheTtl: CACHE_TTL }));
      return isRecord(value) && value["host"] === host && typeof value["project_id"] === "string"
        ? value["project_id"]
        : undefined;
    },

    async putHost(host, projectId) {
      await succeeds(() => kv.put(hostKey(host), JSON.stringify({ host, project_id: projectId }), { expirationTtl: HOST_TTL }));
    },
  };
}

function hostKey(host: string): string {
  return `host:v1:${host}`;
}

async function readOrMiss(read: Promise<unknown>, patience = READ_TIMEOUT_MS): Promise<unknown> {
  try {
    return await inTime(read, patience, "KV");
  } catch {
    return undefined;
  }
}

async function succeeds(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    return false;
  }
}

/** Whether a value is a sound entry of exactly this project and domain. */
function isEntry(value: unknown, projectId: string, domain: string): value is DomainEntry {
  if (!isRecord(value) || value["project_id"] !== projectId || value["domain"] !== domain) return false;
  if (typeof value["v"] !== "number" || typeof value["at"] !== "number") return false;
  const connections = value["connections"];
  if (!Array.isArray(connections) || !connections.every(isChoice)) return false;
  return value["state"] === "live" ? typeof value["organization_id"] === "string" : value["state"] === "gone";
}

/** Null for what is not a sound filter of exactly this project. */
function toFilter(stored: unknown, projectId: string): ProjectFilter | null {
  if (!isRecord(stored) || !isRecord(stored["metadata"])) return null;
  const { value } = stored;
  const { project_id, revision, count, at, bytes } = stored["metadata"];
  if (!(value instanceof ArrayBuffer) || value.byteLength === 0 || value.byteLength > MAX_FILTER_BYTES) return null;
  if (project_id !== projectId || bytes !== value.byteLength) return null;
  if (typeof revision !== "number" || typeof count !== "number" || typeof at !== "number") return null;
  return { projectId, revision, count, at, bits: new Uint8Array(value) };
}

function isChoice(value: unknown): boolean {
  return isRecord(value) && typeof value["id"] === "string" && typeof value["label"] === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
