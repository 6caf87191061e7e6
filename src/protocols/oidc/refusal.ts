// How the files of this folder say no.

import { OutboundError } from "../../net/guarded-fetch.ts";
import type { Refusal, RefusalReason } from "../connector.ts";

/** `detail` is for the operator: never a secret, code, token or claim value, and nothing of an IdP's body. */
export function refuse(reason: RefusalReason, detail?: string): Refusal {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail };
}

/** A request that failed: `otherwise`, unless it was never sent because the IdP has not been answering (T75). */
export function refuseUnanswered(error: unknown, otherwise: RefusalReason): Refusal {
  if (!(error instanceof OutboundError && error.reason === "suspended")) return refuse(otherwise);
  return refuse("idp_unavailable", "not asked for 30 s, because the last 5 requests got no answer");
}
