// T23: only the algorithm that the connection is pinned to.

import { variants } from "./mutation.ts";

export const t23 = variants("T23", "id_token", [
  {
    title: "ES256 with a published key where RS256 is pinned",
    expect: "alg_not_allowed",
    async mutate(idp) {
      await idp.rotateKeys({ alg: "ES256", keep: true });
      return undefined;
    },
  },
  {
    title: "RS256 with a published key where ES256 is pinned",
    expect: "alg_not_allowed",
    alg: "ES256",
    connection: { idTokenSignedResponseAlg: "ES256" },
    async mutate(idp) {
      await idp.rotateKeys({ alg: "RS256", keep: true });
      return undefined;
    },
  },
  ...(["ES256", "ES384", "PS256", "EdDSA"] as const).map((alg) => ({
    title: `${alg} where it is pinned`,
    expect: "accepted" as const,
    alg,
    connection: { idTokenSignedResponseAlg: alg },
  })),
]);
