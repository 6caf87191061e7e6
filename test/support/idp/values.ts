// Values that the tables of this folder need.

import { createHash } from "node:crypto";

/** What at_hash and c_hash would be for RS256. */
export function halfHashOf(value: string): string {
  return createHash("sha256").update(value).digest().subarray(0, 16).toString("base64url");
}

export const TEXT = {
  bytes: (text: string) => new TextEncoder().encode(text),
  sha256: (text: string) => createHash("sha256").update(text).digest("base64url"),
  /** NumericDate, so many seconds from now. */
  seconds: (offset: number) => Math.floor(Date.now() / 1000) + offset,
  /** Another signature of the same length. */
  corruptSignature(token: string): string {
    const [header, payload, signature = ""] = token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    return `${header}.${payload}.${bytes.toString("base64url")}`;
  },
  /** The same signature over other claims. */
  swapPayload(token: string, change: Record<string, unknown>): string {
    const [header, payload = "", signature] = token.split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), ...change };
    return `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
  },
};
