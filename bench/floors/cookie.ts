// State sealed into a cookie, by jose.

import { EncryptJWT, type JWTPayload, jwtDecrypt } from "jose";

const KEY = new TextEncoder().encode("thirty-two bytes for the floors.");

export async function sealCookie(payload: JWTPayload): Promise<{ value: string }> {
  const value = await new EncryptJWT(payload)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .setIssuedAt()
    .setExpirationTime("10m")
    .encrypt(KEY);
  return { value };
}

/** @throws when it was altered or is too old */
export async function openCookie(value: string): Promise<JWTPayload> {
  return (await jwtDecrypt(value, KEY, { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] })).payload;
}
