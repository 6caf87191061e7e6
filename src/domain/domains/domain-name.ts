// The canonical form of a domain name. One function for stored domains, typed addresses and addresses that identity providers
// assert: two names are the same domain when their canonical forms are. Which of them may be claimed is in claim.ts.

import { domainToASCII, domainToUnicode } from "node:url";

export type DomainNameRefusal =
  | "empty"
  | "too_long" // 253 characters (RFC 1035, section 2.3.4, as text)
  | "forbidden_character" // separators, blanks inside, controls, invisible characters
  | "trailing_dot"
  | "ip_address"
  | "single_label"
  | "label_too_long" // 63 characters
  | "invalid_label"; // not letters, digits and hyphens after UTS #46, or an `xn--` that decodes to nothing valid

export type CanonicalDomain = { ok: true; domain: string } | { ok: false; reason: DomainNameRefusal; message: string };

/** Anything longer is refused before it is looked at; no name of 253 A-label characters is longer as Unicode. */
const LONGEST_INPUT = 1000;

/**
 * What no name and no address contains, as typed or after folding: separators of URLs and lists, quotes, brackets,
 * blanks, controls, unassigned code points, and everything that prints as nothing (soft hyphen, zero width, T52).
 */
const FORBIDDEN = /[/:?#%\\[\]@,;"<>()\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

const PLAIN_ASCII = /^[\x20-\x7e]*$/;
const LDH_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
/** A last label that URL parsers read as part of an IPv4 address (WHATWG URL, "ends in a number"). */
const NUMBER_LABEL = /^(?:[0-9]+|0x[0-9a-f]*)$/;

/**
 * The canonical form of a domain name: lower-case A-labels, no trailing dot.
 *
 * Order (T52): strict grammar on what was typed, NFKC, lower-case, grammar again, UTS #46 to A-labels, then the limits
 * of DNS. Blanks around the name are ignored. Look-alikes of other scripts stay distinct: they come out as `xn--`.
 */
export function canonicalDomain(input: string): CanonicalDomain {
  const text = trimBlanks(input);
  if (text === "") return refuse("empty");
  if (text.length > LONGEST_INPUT) return refuse("too_long");
  if (hasForbiddenCharacter(text)) return refuse("forbidden_character");
  const folded = fold(text);
  if (hasForbiddenCharacter(folded)) return refuse("forbidden_character");
  if (/[.\u3002]$/.test(folded)) return refuse("trailing_dot");
  if (endsInNumber(folded)) return refuse("ip_address");
  const domain = toAscii(text, folded);
  return domain === undefined ? refuse("invalid_label") : checkLimits(domain);
}

/** Lower-case NFKC, letter by letter: JavaScript's own lower-casing of a word depends on a sigma's neighbours, UTS #46's does not. */
export function fold(text: string): string {
  if (PLAIN_ASCII.test(text)) return text.toLowerCase();
  return Array.from(text.normalize("NFKC"), (letter) => letter.toLowerCase())
    .join("")
    .normalize("NFKC");
}

/** Without the blanks that copying leaves around a value. Line breaks are not blanks: they are refused. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

export function hasForbiddenCharacter(text: string): boolean {
  return FORBIDDEN.test(text);
}

export const DOMAIN_MESSAGES: Record<DomainNameRefusal, string> = {
  empty: "Give a domain name such as example.com.",
  too_long: "A domain name has at most 253 characters.",
  forbidden_character:
    "A domain name has letters, digits, hyphens and dots only: no scheme, port, path, @, blanks or invisible characters.",
  trailing_dot: "Leave out the dot at the end of the domain name.",
  ip_address: "Give a domain name, not an IP address.",
  single_label: "Give a full domain name with at least two parts, such as example.com.",
  label_too_long: "Each part of a domain name has at most 63 characters.",
  invalid_label: "This is not a valid domain name.",
};

function refuse(reason: DomainNameRefusal): CanonicalDomain {
  return { ok: false, reason, message: DOMAIN_MESSAGES[reason] };
}

/** Whether it would be read as an address. */
export function endsInNumber(domain: string): boolean {
  return NUMBER_LABEL.test(domain.slice(domain.lastIndexOf(".") + 1));
}

/**
 * A-labels by the runtime's UTS #46, or undefined. The runtime lets two things through that are closed here: code points
 * that only NFKC turns into a valid name (both ways must agree), and `xn--` labels that decode to nothing.
 */
function toAscii(text: string, folded: string): string | undefined {
  if (PLAIN_ASCII.test(text) && !folded.includes("xn--")) return folded;
  const ascii = domainToASCII(folded);
  if (ascii === "" || ascii !== domainToASCII(text)) return undefined;
  if (!ascii.includes("xn--")) return ascii;
  const unicode = domainToUnicode(ascii);
  const undecoded = unicode.split(".").some((label) => label.startsWith("xn--"));
  return undecoded || domainToASCII(unicode) !== ascii ? undefined : ascii;
}

function checkLimits(domain: string): CanonicalDomain {
  if (domain.length > 253) return refuse("too_long");
  const labels = domain.split(".");
  if (labels.some((label) => label.length > 63)) return refuse("label_too_long");
  if (!labels.every((label) => LDH_LABEL.test(label))) return refuse("invalid_label");
  if (labels.length < 2) return refuse("single_label");
  return endsInNumber(domain) ? refuse("ip_address") : { ok: true, domain };
}
