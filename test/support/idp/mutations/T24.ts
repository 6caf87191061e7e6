// T24: a header that brings its own key, or a key id that is an attack.

import { generateSigningKey } from "../keys.ts";
import { variants } from "./mutation.ts";

const EVIL = "https://evil.test/keys";

export const t24 = variants("T24", "id_token", [
  { title: "jku", expect: "header_not_allowed", header: { jku: EVIL } },
  { title: "x5u", expect: "header_not_allowed", header: { x5u: EVIL } },
  {
    title: "jwk with the forger's own key (GHSA-869p-cjfg-cm3x)",
    expect: "header_not_allowed",
    async mutate() {
      const evil = await generateSigningKey("RS256");
      return { header: { jwk: evil.publicJwk, kid: undefined }, signWith: evil.privateKey };
    },
  },
  { title: "x5c", expect: "header_not_allowed", header: { x5c: ["MIIB"] } },
  { title: "unknown crit", expect: "header_not_allowed", header: { crit: ["https://evil.test/x"] } },
  { title: "b64 false", expect: "header_not_allowed", header: { b64: false, crit: ["b64"] } },
  { title: "a kid that is a path", expect: "key_not_found", header: { kid: "../../../../etc/passwd" } },
  { title: "a kid that is SQL", expect: "key_not_found", header: { kid: "' OR 1=1 --" } },
  { title: "a kid that is a URL", expect: "key_not_found", header: { kid: EVIL } },
  { title: "a kid of 10 KB", expect: "header_not_allowed", header: { kid: "k".repeat(10_240) } },
  { title: "a kid that is a number", expect: "header_not_allowed", header: { kid: 7 } },
  { title: "x5t is harmless", expect: "accepted", header: { x5t: "abc" } },
]);
