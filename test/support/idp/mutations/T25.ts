// T25: which key, when the key id does not say.

import { generateSigningKey } from "../keys.ts";
import { published, variants } from "./mutation.ts";

export const t25 = variants("T25", "jwks", [
  {
    title: "one key, no kid anywhere",
    expect: "accepted",
    async mutate(idp) {
      await idp.rotateKeys({ kid: undefined });
      return undefined;
    },
  },
  { title: "the token has no kid, the only key has one", expect: "accepted", header: { kid: undefined } },
  {
    title: "no kid, a second key of another kind",
    expect: "accepted",
    async mutate() {
      const other = await generateSigningKey("ES256");
      return { header: { kid: undefined }, jwks: (keys) => ({ keys: [...keys, other.publicJwk] }) };
    },
  },
  {
    title: "no kid, two keys of the kind",
    expect: "key_ambiguous",
    async mutate(idp) {
      await idp.rotateKeys({ keep: true });
      return { header: { kid: undefined } };
    },
  },
  {
    title: "the same kid twice",
    expect: "key_ambiguous",
    async mutate(idp) {
      await idp.rotateKeys({ keep: true, kid: idp.signing.kid });
      return undefined;
    },
  },
  {
    title: "the token names a kid, the key has none",
    expect: "key_not_found",
    mutate: () => published(({ kid: _, ...key }) => key),
  },
  {
    title: "the key names no alg and no use",
    expect: "accepted",
    mutate: () => published(({ alg: _a, use: _u, ...key }) => key),
  },
]);
