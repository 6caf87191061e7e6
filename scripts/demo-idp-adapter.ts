// Where a demo identity provider keeps its sessions, codes and clients: in this process, one store per provider.

import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

/** Clients by `client_id`; add to it at any time. */
export type MemoryClients = Map<string, AdapterPayload>;

interface Entry {
  payload: AdapterPayload;
  /** Milliseconds. */
  expiresAt: number;
}

/** A store for one provider. Entries end with their time to live; clients stay. */
export function createMemoryAdapter(clients: MemoryClients): AdapterFactory {
  const entries = new Map<string, Entry>();
  return (model): Adapter => ({
    async upsert(id, payload, expiresIn) {
      forgetExpired(entries);
      entries.set(`${model}:${id}`, { payload, expiresAt: Date.now() + (expiresIn || 3600) * 1000 });
    },
    find: async (id) => (model === "Client" ? clients.get(id) : live(entries, `${model}:${id}`)),
    findByUid: async (uid) => search(entries, model, (payload) => payload.uid === uid),
    findByUserCode: async (code) => search(entries, model, (payload) => payload.userCode === code),
    async consume(id) {
      const payload = live(entries, `${model}:${id}`);
      if (payload) payload["consumed"] = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, entry] of entries) if (entry.payload.grantId === grantId) entries.delete(key);
    },
  });
}

function live(entries: Map<string, Entry>, key: string): AdapterPayload | undefined {
  const entry = entries.get(key);
  return entry && entry.expiresAt > Date.now() ? entry.payload : undefined;
}

function search(entries: Map<string, Entry>, model: string, matches: (p: AdapterPayload) => boolean): AdapterPayload | undefined {
  for (const key of entries.keys()) {
    const payload = key.startsWith(`${model}:`) ? live(entries, key) : undefined;
    if (payload && matches(payload)) return payload;
  }
  return undefined;
}

function forgetExpired(entries: Map<string, Entry>): void {
  const now = Date.now();
  for (const [key, entry] of entries) if (entry.expiresAt <= now) entries.delete(key);
}
