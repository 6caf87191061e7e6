// How the files of this folder say no.

import type { Refusal, RefusalReason } from "../connector.ts";

/** `detail` is for the operator: never a secret, code, token or claim value, and nothing of an IdP's body. */
export function refuse(reason: RefusalReason, detail?: string): Refusal {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}
