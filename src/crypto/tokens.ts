// Bearer tokens that we issue: how they look and how they are stored. Always 256 random bits, kept only as SHA-256.

import { crc32 } from "node:zlib";
import { sha256 } from "./digest.ts";
import { randomToken } from "./random.ts";

const SESSION_PREFIX = "orgate_st_";
const API_KEY_PREFIX = "orgate_pk_";

/** A new session token. It carries the session's id, so that finding the row needs no index on the digest. */
export function newSessionToken(sessionId: string): { token: string; hash: string } {
  const token = `${SESSION_PREFIX}${sessionId.replaceAll("-", "")}${randomToken(32)}`;
  return { token, hash: sha256(token) };
}

/** The session id that a token claims and the digest to compare with the stored one; undefined when it is not one of ours. */
export function readSessionToken(token: string): { sessionId: string; hash: string } | undefined {
  const match = /^orgate_st_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[A-Za-z0-9_-]{43}$/.exec(token);
  return match ? { sessionId: match.slice(1).join("-"), hash: sha256(token) } : undefined;
}

/** A new management API key. The checksum at its end lets scanners and typos be recognised without a lookup. */
export function newApiKey(): { key: string; prefix: string; hash: string } {
  const secret = randomToken(32);
  const key = `${API_KEY_PREFIX}${secret}${checksum(secret)}`;
  return { key, prefix: key.slice(0, API_KEY_PREFIX.length + 6), hash: sha256(key) };
}

/** The digest of a well-formed API key; undefined when it is not one of ours. */
export function readApiKey(key: string): { hash: string } | undefined {
  const match = /^orgate_pk_([A-Za-z0-9_-]{43})([0-9a-f]{8})$/.exec(key);
  return match && checksum(match[1] ?? "") === match[2] ? { hash: sha256(key) } : undefined;
}

function checksum(secret: string): string {
  return crc32(secret).toString(16).padStart(8, "0");
}
