// T26: keys that are not for verifying, or no keys at all.

import { published, variants } from "./mutation.ts";

export const t26 = variants("T26", "jwks", [
  { title: "use enc", expect: "key_not_found", mutate: () => published((key) => ({ ...key, use: "enc" })) },
  { title: "key_ops sign", expect: "key_not_found", mutate: () => published((key) => ({ ...key, key_ops: ["sign"] })) },
  { title: "key_ops verify", expect: "accepted", mutate: () => published((key) => ({ ...key, key_ops: ["verify"] })) },
  {
    title: "key_ops that is no list",
    expect: "key_not_found",
    mutate: () => published((key) => ({ ...key, key_ops: "verify" })),
  },
  { title: "alg of another", expect: "key_not_found", mutate: () => published((key) => ({ ...key, alg: "RS512" })) },
  { title: "another kty", expect: "key_not_found", mutate: () => published((key) => ({ ...key, kty: "EC" })) },
  {
    title: "kty oct with k",
    expect: "key_not_found",
    mutate: () => published(({ kid }) => ({ kty: "oct", k: "c2VjcmV0", kid })),
  },
  { title: "the private half is published", expect: "key_not_found", mutate: () => published((key) => ({ ...key, d: "AQAB" })) },
  { title: "RSA 1024", expect: "key_not_found", mutate: () => published((key) => ({ ...key, n: key.n?.slice(0, 171) })) },
  {
    title: "RSA 1024 padded with zeros",
    expect: "key_not_found",
    mutate: () => published((key) => ({ ...key, n: `${"A".repeat(172)}${key.n?.slice(0, 171)}` })),
  },
  {
    title: "a modulus that is no base64url",
    expect: "key_not_found",
    mutate: () => published((key) => ({ ...key, n: `${key.n}==` })),
  },
  {
    title: "a point off the curve",
    expect: "key_not_found",
    alg: "ES256",
    connection: { idTokenSignedResponseAlg: "ES256" },
    mutate: () => published((key) => ({ ...key, y: key.x })),
  },
  {
    title: "another curve",
    expect: "key_not_found",
    alg: "ES256",
    connection: { idTokenSignedResponseAlg: "ES256" },
    mutate: () => published((key) => ({ ...key, crv: "P-384" })),
  },
  {
    title: "the curve in the wrong case",
    expect: "key_not_found",
    alg: "ES256",
    connection: { idTokenSignedResponseAlg: "ES256" },
    mutate: () => published((key) => ({ ...key, crv: "p-256" })),
  },
]);
