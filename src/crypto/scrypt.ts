// scrypt (RFC 7914) as a promise: the one place where the work of a password is done.

import { scrypt } from "node:crypto";

export interface ScryptCost {
  /** log2 of N. */
  ln: number;
  r: number;
  p: number;
}

/** Derives `bytes` bytes from a password. */
export function scryptKey(password: string, salt: Uint8Array, cost: ScryptCost, bytes: number): Promise<Buffer> {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 128 * 2 ** 20 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
