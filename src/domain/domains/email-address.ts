// The canonical form of an e-mail address: what accounts are unique by and what routing reads the domain from. One
// function for what people type, what identity providers assert and what the management API is given.

import { canonicalDomain, type DomainNameRefusal, fold, hasForbiddenCharacter, trimBlanks } from "./domain-name.ts";

export interface EmailAddress {
  /** Lower-case local part, `@`, canonical domain: what accounts are unique by. */
  canonical: string;
  local: string;
  /** Canonical domain (src/domain/domains/domain-name.ts). */
  domain: string;
  /** As typed, trimmed. */
  typed: string;
}

export type EmailRefusal =
  | "empty"
  | "too_long" // 254 characters (RFC 5321, section 4.5.3.1.3)
  | "at_sign_missing"
  | "at_sign_repeated"
  | "local_part_empty"
  | "local_part_too_long" // 64 octets (RFC 5321, section 4.5.3.1.1)
  | "local_part_invalid"
  | DomainNameRefusal;

export type ParsedEmailAddress = { ok: true; address: EmailAddress } | { ok: false; reason: EmailRefusal; message: string };

/** RFC 5321 `Dot-string`, with UTF-8 (RFC 6531) and without the separators that domain names refuse too. */
const DOT_STRING = /^[^\s.]+(?:\.[^\s.]+)*$/u;

/**
 * Parses one address. Exactly one `@`; a local part without quotes, separators, controls or invisible characters, folded
 * to lower-case NFKC; a domain in canonical form. Plus tags and dots are part of the account and never of routing (T53).
 */
export function parseEmailAddress(input: string): ParsedEmailAddress {
  const typed = trimBlanks(input);
  if (typed === "") return refuse("empty");
  if (typed.length > 1024) return refuse("too_long");
  const at = typed.indexOf("@");
  if (at === -1) return refuse("at_sign_missing");
  if (typed.indexOf("@", at + 1) !== -1) return refuse("at_sign_repeated");

  const rawLocal = typed.slice(0, at);
  if (rawLocal === "") return refuse("local_part_empty");
  const local = fold(rawLocal);
  if (hasForbiddenCharacter(rawLocal) || hasForbiddenCharacter(local) || !DOT_STRING.test(local)) {
    return refuse("local_part_invalid");
  }
  if (isLongerThan(local, 64)) return refuse("local_part_too_long");

  const rawDomain = typed.slice(at + 1);
  // Only the ends of the whole address are trimmed: a blank behind the @ is a blank inside.
  if (trimBlanks(rawDomain) !== rawDomain) return refuse("forbidden_character");
  const name = canonicalDomain(rawDomain);
  if (!name.ok) return name;
  const canonical = `${local}@${name.domain}`;
  if (canonical.length > 254) return refuse("too_long");
  return { ok: true, address: { canonical, local, domain: name.domain, typed } };
}

/**
 * The canonical form of what may be the beginning of an address, for finding addresses by it. A domain in another script is
 * known only once it is whole.
 */
export function emailBeginning(typed: string): string {
  const parsed = parseEmailAddress(typed);
  return parsed.ok ? parsed.address.canonical : fold(trimBlanks(typed));
}

/** Whether a text has more than `limit` octets in UTF-8. A letter has one to three in each of its UTF-16 units. */
function isLongerThan(text: string, limit: number): boolean {
  if (text.length * 3 <= limit) return false;
  return text.length > limit || new TextEncoder().encode(text).length > limit;
}

const MESSAGES: Partial<Record<EmailRefusal, string>> = {
  empty: "Enter an e-mail address.",
  too_long: "An e-mail address has at most 254 characters.",
  at_sign_missing: "An e-mail address has an @ followed by a domain, such as name@example.com.",
  at_sign_repeated: "Enter one e-mail address with one @.",
  local_part_empty: "The part before the @ is missing.",
  local_part_too_long: "The part before the @ has at most 64 characters.",
  local_part_invalid: "The part before the @ contains a character that is not allowed there.",
  forbidden_character: "The part behind the @ contains a character that is not allowed there.",
};

function refuse(reason: EmailRefusal): ParsedEmailAddress {
  return { ok: false, reason, message: MESSAGES[reason] ?? "This is not an e-mail address." };
}
