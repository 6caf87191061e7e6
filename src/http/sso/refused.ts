// A refused login as it goes out: a bland page for a person, the envelope for a program. The reason itself goes to the log
// and the audit event, under the reference that both show.

import type { ContentfulStatusCode } from "hono/utils/http-status";
import { referenceOf } from "../../domain/events/reference.ts";
import type { LoginRefusalReason, LoginRefused } from "../../domain/login/login.ts";
import { brandOf } from "../../views/brand.ts";
import { errorPage } from "../../views/pages/error.tsx";
import { refusalSentence } from "../../views/refusal-sentences.ts";
import type { AppContext } from "../context.ts";
import { wantsPage } from "../errors.ts";
import { log } from "../log.ts";

const BAD_REQUEST: readonly LoginRefusalReason[] = [
  "duplicate_parameter",
  "state_missing",
  "state_mismatch",
  "code_missing",
  "transaction_missing",
  "transaction_expired",
  "transaction_used",
  "connection_mismatch",
];
const NOT_FOUND: readonly LoginRefusalReason[] = ["connection_not_found", "no_organization_for_address"];
const UPSTREAM: readonly LoginRefusalReason[] = [
  "discovery_unreachable",
  "discovery_invalid",
  "token_endpoint_unreachable",
  "token_response_invalid",
  "idp_rate_limited",
  "idp_unavailable",
  "jwks_unreachable",
  "jwks_invalid",
  "userinfo_unreachable",
  "userinfo_invalid",
];

/** The HTTP status of a refusal: the request's own fault, not there, another server's fault, or simply not allowed. */
export function refusalStatus(reason: LoginRefusalReason): ContentfulStatusCode {
  if (reason === "too_many_attempts") return 429;
  if (BAD_REQUEST.includes(reason)) return 400;
  if (NOT_FOUND.includes(reason)) return 404;
  if (UPSTREAM.includes(reason)) return 502;
  return 403;
}

/**
 * Writes the reason to the log, under the id of the audit event or request and its reference.
 * @returns the reference, which is what the answer shows
 */
export function logRefusal(c: AppContext, { reason, reference: id }: LoginRefused): string {
  const reference = referenceOf(id);
  log(c.get("requestId"), "warn", "login_refused", { reason, reference, event: id === c.get("requestId") ? null : id });
  return reference;
}

/** Page or envelope; both carry the reference, neither the reason. */
export function refusedResponse(c: AppContext, refusal: LoginRefused): Response | Promise<Response> {
  const reference = logRefusal(c, refusal);
  const status = refusalStatus(refusal.reason);
  if (refusal.retryAfter !== undefined) c.header("Retry-After", String(refusal.retryAfter));
  if (wantsPage(c)) {
    const login = `${c.get("mount")}/login`;
    const retry = refusal.returnTo === undefined ? login : `${login}?return_to=${encodeURIComponent(refusal.returnTo)}`;
    return c.html(
      errorPage({ status, reason: refusal.reason, reference, retry, brand: brandOf(c.get("project"), c.get("mount")) }),
      status,
    );
  }
  const { title, sentence } = refusalSentence(refusal.reason);
  return c.json(
    {
      error: {
        id: "login_refused",
        code: status,
        status: title,
        reason: sentence,
        message: title,
        request: c.get("requestId"),
        details: { reference },
      },
    },
    status,
  );
}
