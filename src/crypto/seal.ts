// Sealing: reversible secrets at rest, and state that travels through a browser. JWE compact, `dir` with A256GCM
// (RFC 7516, RFC 7518 section 4.5), done by jose. The protected header carries the key's id (`kid`) and what the value is
// for (`use`), which the opener must name: a value sealed for one row, column or purpose does not open as another.

import { hkdfSync } from "node:crypto";
import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt, decodeProtectedHeader } from "jose";

const utf8 = new TextDecoder();

export interface SealingKey {
  id: string;
  /** 32 bytes. */
  secret: Uint8Array;
}

export interface Sealer {
  /** Seals UTF-8 text for one purpose, e.g. `connections/client_secret/<project>/<id>`. */
  seal(purpose: string, text: string): Promise<string>;
  /** The text, or undefined when the value was altered, sealed for another purpose or by a key that is not here. */
  open(purpose: string, sealed: string): Promise<string | undefined>;
  /** Whether a stored value was written with an older key and should be written again. */
  isStale(sealed: string): boolean;
  /** A 32-byte key for HMACs of one purpose, derived from the current key (HKDF, RFC 5869). */
  macKey(purpose: string): Uint8Array;
}

/**
 * A sealer over a key ring. The first key seals; every key opens, so keys rotate by putting a new one in front.
 * Each key is expanded with HKDF-SHA-256 before use, so sealing and MAC keys never coincide.
 */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  const current = keys[0];
  if (!current) throw new Error("a sealer needs at least one key");
  const derive = (key: SealingKey, info: string) =>
    new Uint8Array(hkdfSync("sha256", key.secret, new Uint8Array(0), `orgate/${info}`, 32));
  const ring = new Map(keys.map((key) => [key.id, derive(key, "seal")]));
  // Imported at their first use: importing costs as much as sealing does.
  const imported = new Map<string, CryptoKey>();
  const macKeys = new Map<string, Uint8Array>();

  async function keyOf(id: string): Promise<CryptoKey | undefined> {
    const known = imported.get(id);
    const secret = ring.get(id);
    if (known || !secret) return known;
    const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt", "decrypt"]);
    imported.set(id, key);
    return key;
  }

  async function open(purpose: string, sealed: string): Promise<string | undefined> {
    const keyFor = async ({ use, kid }: CompactJWEHeaderParameters) => {
      const key = use === purpose && typeof kid === "string" ? await keyOf(kid) : undefined;
      if (!key) throw new Error("sealed for something else, or by a key that is not here");
      return key;
    };
    try {
      const { plaintext } = await compactDecrypt(sealed, keyFor, {
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      });
      return utf8.decode(plaintext);
    } catch {
      return undefined;
    }
  }

  return {
    async seal(purpose, text) {
      const key = (await keyOf(current.id)) as CryptoKey;
      return await new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: current.id, use: purpose })
        .encrypt(key);
    },
    open,
    isStale(sealed) {
      try {
        return decodeProtectedHeader(sealed).kid !== current.id;
      } catch {
        return true;
      }
    },
    macKey(purpose) {
      let key = macKeys.get(purpose);
      if (!key) {
        key = derive(current, `mac/${purpose}`);
        macKeys.set(purpose, key);
      }
      return key;
    },
  };
}
