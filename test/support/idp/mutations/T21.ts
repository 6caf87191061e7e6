// T21: no signature, whatever it is called.

import { variants } from "./mutation.ts";

export const t21 = variants("T21", "id_token", [
  ...["none", "None", "nOnE", "NONE", ""].map((alg) => ({
    title: `alg ${JSON.stringify(alg)}`,
    expect: "alg_not_allowed" as const,
    mutate: () => ({
      header: { alg },
      signWith: "none" as const,
      metadata: { id_token_signing_alg_values_supported: ["none", alg] },
    }),
  })),
  { title: "no alg", expect: "alg_not_allowed", header: { alg: undefined } },
  { title: "alg in another case", expect: "alg_not_allowed", header: { alg: "rs256" } },
]);
