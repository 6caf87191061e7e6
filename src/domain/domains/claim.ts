// Which domain names nobody may claim. The list of public suffixes is large, so this file is loaded when somebody claims.

import { getPublicSuffix } from "tldts";
import { DOMAIN_MESSAGES, endsInNumber } from "./domain-name.ts";
import { isFreemail } from "./freemail.ts";

export type ClaimRefusal = "public_suffix" | "freemail" | "special_use" | "single_label" | "ip_address";

/**
 * Why an organization cannot own this canonical domain, or undefined when it can: public suffixes (the private section
 * too, such as `github.io`), mailbox providers for everybody, names reserved for local use, single labels, addresses.
 * `.test` and `.example` can be claimed: they are what demos and tests run on (T50).
 */
export function refuseClaim(domain: string): { reason: ClaimRefusal; message: string } | undefined {
  if (endsInNumber(domain)) return refusedClaim("ip_address");
  const labels = domain.split(".");
  if (SPECIAL_USE.has(labels.at(-1) ?? "")) return refusedClaim("special_use");
  if (labels.length < 2) return refusedClaim("single_label");
  const suffix = getPublicSuffix(domain, { allowPrivateDomains: true, extractHostname: false, validateHostname: false });
  if (suffix === domain) return refusedClaim("public_suffix");
  const name = domain.slice(0, domain.length - (suffix?.length ?? 0) - 1);
  return isFreemail(domain, name) ? refusedClaim("freemail") : undefined;
}

/** Top-level names reserved for local or special use (RFC 6761, RFC 7686, RFC 9476, ICANN's `internal`), without test and example. */
const SPECIAL_USE: ReadonlySet<string> = new Set(["alt", "arpa", "internal", "invalid", "local", "localhost", "onion"]);

const CLAIM_MESSAGES: Record<ClaimRefusal, string> = {
  public_suffix: "This is a public suffix under which anybody can register names; give the organization's own domain.",
  freemail: "This domain belongs to a mailbox provider that is open to everybody; give the organization's own domain.",
  special_use: "This name is reserved for local or special use and cannot be owned.",
  single_label: DOMAIN_MESSAGES.single_label,
  ip_address: DOMAIN_MESSAGES.ip_address,
};

function refusedClaim(reason: ClaimRefusal): { reason: ClaimRefusal; message: string } {
  return { reason, message: CLAIM_MESSAGES[reason] };
}
