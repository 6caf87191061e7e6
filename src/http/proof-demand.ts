// What a link demands of the proof that a person is there: `prompt=login` and `max_age`, as in OpenID Connect.

import type { ProofDemand } from "../domain/login/login.ts";
import type { AppContext } from "./context.ts";

/** The query's demand; anything unreadable is none. Whoever rests on it checks what came of it (src/http/provider/login-url.ts). */
export function readProofDemand(c: AppContext): ProofDemand {
  const maxAge = c.req.query("max_age") ?? "";
  return {
    ...(c.req.query("prompt") === "login" ? { prompt: "login" } : {}),
    ...(/^[0-9]{1,9}$/.test(maxAge) ? { maxAge: Number(maxAge) } : {}),
  };
}
