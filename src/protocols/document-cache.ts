// The memory that an interpreter asks for: what IdPs publish, kept under a key that names the connection's trust revision,
// so that an entry of an earlier configuration is never met. src/storage/document-cache.ts provides it.

/** What one document is cached under, and what an entry must say about itself to be believed. */
export interface DocumentKey {
  kind: "meta" | "jwks";
  projectId: string;
  connectionId: string;
  trustRevision: number;
  issuer: string;
}

/** Why a document could not be loaded, in the words of who loads it. */
export interface LoadFailure {
  ok: false;
}

export interface DocumentSource<T extends object, F extends LoadFailure> {
  /** Fetches the document from the IdP. Its failures are values. */
  load(): Promise<{ ok: true; document: T } | F>;
  /** Whether a value found in KV is such a document. */
  isUsable(value: unknown): value is T;
  /** Whether an older copy may stand in after this failure: the IdP was out of reach, rather than saying something else. */
  isOutage(failure: F): boolean;
}

/**
 * `document` is the same object for as long as it is kept, so that what is derived from it can hang on it. `stale`: the
 * IdP did not answer, and this is its last word, at most 24 hours old.
 */
export type CachedDocument<T, F> = { ok: true; document: T; stale: boolean } | F;

export interface DocumentCache {
  /** From memory, else KV, else the IdP; when the IdP fails, what it last said. */
  get<T extends object, F extends LoadFailure>(key: DocumentKey, source: DocumentSource<T, F>): Promise<CachedDocument<T, F>>;
  /** From the IdP although a copy is fresh: for an unknown key id. Undefined when that was done within the last 30 s (T28). */
  refresh<T extends object, F extends LoadFailure>(
    key: DocumentKey,
    source: DocumentSource<T, F>,
  ): Promise<CachedDocument<T, F> | undefined>;
}
