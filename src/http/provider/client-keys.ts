// Public keys of apps that sign their assertions (private_key_jwt): as registered, or fetched from the app's `jwks_uri` and
// remembered for a minute. The library is given keys, so it fetches nothing itself.

import type { Client, ClientJwks } from "../../domain/clients/client.ts";
import { createExpiringCache } from "../../domain/expiring-cache.ts";

export interface ClientKeys {
  /** The app's keys; undefined when it needs none. An address that gives none counts as an app without keys. */
  of(client: Client): Promise<ClientJwks | undefined>;
}

/** Fetches a JSON document from a tenant's address, guarded. @throws when there is none */
export type FetchJson = (url: string) => Promise<unknown>;

/** Apps remembered per isolate. */
const LIMIT = 500;
/** Milliseconds a key set is used, and after which an app's new key is seen. */
const TTL_MS = 60_000;
/** Milliseconds until an address that failed is asked again. */
const FAILED_TTL_MS = 10_000;

export function createClientKeys(fetchJson: FetchJson, clock: () => number): ClientKeys {
  const fetched = createExpiringCache<ClientJwks>(LIMIT, clock);
  return {
    async of(client) {
      if (client.tokenEndpointAuthMethod !== "private_key_jwt") return undefined;
      if (client.jwks) return client.jwks;
      if (client.jwksUri === null) return undefined;
      const key = `${client.projectId} ${client.jwksUri}`;
      const known = fetched.get(key);
      if (known) return known;
      const jwks = await fetchJson(client.jwksUri).then(asKeySet, () => undefined);
      const keys = jwks ?? { keys: [] };
      fetched.set(key, keys, jwks ? TTL_MS : FAILED_TTL_MS);
      return keys;
    },
  };
}

function asKeySet(document: unknown): ClientJwks | undefined {
  const keys = typeof document === "object" && document !== null && "keys" in document ? document.keys : undefined;
  if (!Array.isArray(keys)) return undefined;
  const usable = keys.filter((key) => typeof key === "object" && key !== null && key.kty !== "oct" && !("d" in key));
  return { keys: usable };
}
