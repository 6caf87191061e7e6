// Bearer tokens that we issue: how they look and how they are stored. Always 256 random bits, kept only as SHA-256.

import { crc32 } from "node:zlib";
import { sha256 } from "./digest.ts";
import { randomToken } from "./random.ts";

const SESSION_PREFIX = "orgate_st_";
const API_KEY_PREFIX = "orgate_pk_";
const INVITATION_PREFIX = "orgate_in_";

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

/** The secret of an invitation's link. It carries project and invitation, so that finding the row needs no index on the digest. */
export function newInvitationToken(projectId: string, invitationId: string): { token: string; hash: string } {
  const token = `${INVITATION_PREFIX}${`${projectId}${invitationId}`.replaceAll("-", "")}${randomToken(32)}`;
  return { token, hash: sha256(token) };
}

/** What a link's secret claims, and the digest to compare with the stored one; undefined when it is not one of ours. */
export function readInvitationToken(token: string): { projectId: string; invitationId: string; hash: string } | undefined {
  const match = /^orgate_in_([0-9a-f]{32})([0-9a-f]{32})[A-Za-z0-9_-]{43}$/.exec(token);
  if (!match) return undefined;
  const uuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { projectId: uuid(match[1] ?? ""), invitationId: uuid(match[2] ?? ""), hash: sha256(token) };
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
