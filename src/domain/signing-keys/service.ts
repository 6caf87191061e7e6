// A project's signing keys: made at their first use, sealed, rotated with overlap, and remembered by the isolate.

import { newId } from "../../crypto/random.ts";
import { importSigningKey, type JWK, newSigningKey, type SigningAlg, type SigningHandle, signJwt } from "../../crypto/signing.ts";
import type { Runtime } from "../../services.ts";
import type { Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import { generationsAre, listSigningKeys, signingKeyInsert, signingKeysDelete } from "../../storage/signing-keys.ts";
import { DomainError } from "../errors.ts";
import { type EventType, type RequestContext, systemContext } from "../events/event.ts";
import { createExpiringCache } from "../expiring-cache.ts";
import { createFlights } from "../flights.ts";
import {
  ACTIVATION_DELAY_MS,
  activeKey,
  firstKey,
  type JudgedSigningKey,
  judgeKeys,
  KEYS_STALENESS_MS,
  LONGEST_TOKEN_MS,
  newestGeneration,
  type PublicSigningJwk,
  publicMembers,
  type SigningKey,
  sealPurpose,
} from "./signing-key.ts";

export interface TokenToSign {
  alg: SigningAlg;
  /** The header's `typ` (RFC 8725, section 3.11): another one for every kind of token. */
  typ: string;
  /** With `iat` and `exp`, seconds, no further apart than LONGEST_TOKEN_MS. */
  claims: Record<string, unknown> & { iat: number; exp: number };
}

export interface Rotation {
  /** Without it, every algorithm that the project has keys of. */
  alg?: SigningAlg | undefined;
  /**
   * For a key that may have leaked: the new one signs at once and those before it are gone, with every token they signed,
   * as soon as isolates (KEYS_STALENESS_MS) and verifiers (JWKS_MAX_AGE_MS) look again.
   */
  revokePrevious?: boolean | undefined;
}

export interface SigningKeyService {
  /** What is published: active, next and retired keys, in that order; empty before the first use. Makes nothing. */
  publicJwks(projectId: string): Promise<PublicSigningJwk[]>;
  /**
   * The private halves in the same order, so that the first of an algorithm is the one to sign with. There is at least an
   * ES256 key.
   * @throws {DomainError} `signing_key_unreadable` when no configured key opens an active one
   */
  privateJwks(projectId: string): Promise<JWK[]>;
  /** Signs with the active key, which is made when there is none. @throws {DomainError} `signing_key_unreadable` */
  sign(projectId: string, token: TokenToSign): Promise<string>;
  /** Makes the first key of an algorithm unless there is one. */
  ensure(projectId: string, alg: SigningAlg, context: RequestContext): Promise<void>;
  /** All keys that are not expired, by D1 as it is now. One round trip. */
  list(projectId: string): Promise<JudgedSigningKey[]>;
  /** @throws {DomainError} `rotation_under_way` while the key of an earlier rotation waits to sign */
  rotate(projectId: string, rotation: Rotation, context: RequestContext): Promise<JudgedSigningKey[]>;
}

/** Projects and keys remembered per isolate. */
const PROJECTS = 200;
const OPENED = 400;
/** Milliseconds an opened key is kept; it never changes. */
const OPENED_TTL = 3_600_000;
/** More than D1's time limit, milliseconds. */
const PATIENCE = 4_500;
const ATTEMPTS = 3;

interface OpenedKey {
  jwk: JWK;
  handle: SigningHandle;
}

/** Who makes keys when nobody in particular asks for them. */
const SYSTEM = systemContext("signing-keys");

export function createSigningKeyService(runtime: Runtime): SigningKeyService {
  const { clock, databaseFor, sealer, background } = runtime;
  const known = createExpiringCache<SigningKey[]>(PROJECTS, clock);
  const reads = createFlights<SigningKey[]>({ clock, background, patience: PATIENCE });
  const opened = createExpiringCache<OpenedKey>(OPENED, clock);

  async function read(projectId: string): Promise<SigningKey[]> {
    reads.forget(projectId);
    const keys = await listSigningKeys(databaseFor(projectId), projectId);
    remember(projectId, keys);
    return keys;
  }

  async function keysOf(projectId: string): Promise<SigningKey[]> {
    const list = () => listSigningKeys(databaseFor(projectId), projectId);
    return known.get(projectId) ?? (await reads.share(projectId, list, (keys) => remember(projectId, keys)));
  }

  function remember(projectId: string, keys: SigningKey[]): void {
    // A project without keys is asked again, so that its first key is seen everywhere at once.
    if (keys.length > 0) known.set(projectId, keys, KEYS_STALENESS_MS);
  }

  /** Imported once per isolate. Undefined when no configured key opens it. */
  async function open(key: SigningKey): Promise<OpenedKey | undefined> {
    const cacheKey = sealPurpose(key);
    const before = opened.get(cacheKey);
    if (before) return before;
    const text = await sealer.open(cacheKey, key.privateKey);
    if (text === undefined) return undefined;
    const jwk = JSON.parse(text) as JWK;
    const fresh: OpenedKey = { jwk, handle: await importSigningKey(jwk, key.alg) };
    opened.set(cacheKey, fresh, OPENED_TTL);
    return fresh;
  }

  async function draft(projectId: string, alg: SigningAlg, generation: number, activatesAt: number): Promise<SigningKey> {
    const { kid, privateJwk, publicJwk } = await newSigningKey(alg);
    const row = { projectId, id: kid, alg, generation, publicKey: publicJwk as PublicSigningJwk };
    const privateKey = await sealer.seal(sealPurpose(row), JSON.stringify(privateJwk));
    return { ...row, privateKey, activatesAt, createdAt: clock() };
  }

  function event(type: EventType, key: SigningKey, context: RequestContext, more: object = {}): Write {
    const now = clock();
    const details = { kid: key.id, alg: key.alg, ...more };
    return eventInsert(databaseFor(key.projectId), key.projectId, { type, details }, context, newId(now), now);
  }

  /** The active key of an algorithm. Of several who find none at once, one makes it and all go on with that one. */
  async function requireActive(projectId: string, alg: SigningAlg, context: RequestContext): Promise<SigningKey> {
    const remembered = activeKey(await keysOf(projectId), alg, clock());
    if (remembered) return remembered;
    const fresh = await read(projectId);
    const found = firstKey(fresh, alg, clock());
    if (found) return found;
    const db = databaseFor(projectId);
    const key = await draft(projectId, alg, newestGeneration(fresh, alg) + 1, clock());
    const ground = generationsAre(projectId, new Map([[alg, key.generation - 1]]));
    await commitIf(db, projectId, ground, [signingKeyInsert(db, key), event("signing_key.created", key, context)]);
    const made = firstKey(await read(projectId), alg, clock());
    if (!made) throw unreadable();
    return made;
  }

  async function tryRotate(projectId: string, rotation: Rotation, context: RequestContext) {
    const { revokePrevious = false } = rotation;
    const now = clock();
    const before = await read(projectId);
    const judged = judgeKeys(before, now);
    const algs = rotation.alg ? [rotation.alg] : algsOf(before);
    const waiting = judged.some(({ key, state }) => state === "next" && algs.includes(key.alg));
    if (waiting && !revokePrevious) throw rotationUnderWay();
    const gone = judged.filter(({ key, state }) => state === "expired" || (revokePrevious && algs.includes(key.alg)));

    const generations = new Map(algs.map((alg) => [alg, newestGeneration(before, alg)]));
    const drafts: SigningKey[] = [];
    for (const [alg, generation] of generations) {
      const first = !judged.some(({ key, state }) => key.alg === alg && state === "active");
      drafts.push(await draft(projectId, alg, generation + 1, revokePrevious || first ? now : now + ACTIVATION_DELAY_MS));
    }
    const db = databaseFor(projectId);
    const ids = gone.map(({ key }) => key.id);
    return await commitIf(db, projectId, generationsAre(projectId, generations), [
      ...(ids.length > 0 ? [signingKeysDelete(db, projectId, ids)] : []),
      ...drafts.map((key) => signingKeyInsert(db, key)),
      ...drafts.map((key) => event("signing_key.rotated", key, context, { revoked_previous: revokePrevious })),
    ]);
  }

  return {
    async publicJwks(projectId) {
      return published(await keysOf(projectId), clock()).map(({ key }) => publicMembers(key));
    },

    async privateJwks(projectId) {
      await requireActive(projectId, "ES256", SYSTEM);
      const jwks: JWK[] = [];
      for (const { key, state } of published(await keysOf(projectId), clock())) {
        const handle = await open(key);
        if (handle) jwks.push(handle.jwk);
        else if (state === "active") throw unreadable();
      }
      return jwks;
    },

    async sign(projectId, { alg, typ, claims }) {
      if ((claims.exp - claims.iat) * 1000 > LONGEST_TOKEN_MS) throw new Error("a token may not outlive its key");
      const key = await requireActive(projectId, alg, SYSTEM);
      const handle = await open(key);
      if (!handle) throw unreadable();
      return await signJwt(handle.handle, { alg, kid: key.id, typ }, claims);
    },

    async ensure(projectId, alg, context) {
      await requireActive(projectId, alg, context);
    },

    async list(projectId) {
      return published(await read(projectId), clock());
    },

    async rotate(projectId, rotation, context) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (await tryRotate(projectId, rotation, context)) return published(await read(projectId), clock());
      }
      throw rotationUnderWay();
    },
  };
}

function published(keys: readonly SigningKey[], now: number): JudgedSigningKey[] {
  return judgeKeys(keys, now).filter(({ state }) => state !== "expired");
}

function algsOf(keys: readonly SigningKey[]): SigningAlg[] {
  const algs = [...new Set(keys.map((key) => key.alg))];
  return algs.length > 0 ? algs : ["ES256"];
}

function rotationUnderWay(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "rotation_under_way",
    message: "The key of an earlier rotation is published and will sign soon. Wait for that, or revoke the previous keys.",
  });
}

function unreadable(): DomainError {
  return new DomainError({
    kind: "unavailable",
    code: "signing_key_unreadable",
    message: "The service cannot sign right now. An operator has to look at this.",
    retryAfter: 60,
    cause: new Error("no key of ENCRYPTION_KEYS opens the project's signing key"),
  });
}
