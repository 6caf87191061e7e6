// What the databases of the benchmark hold, and how things in it are named: everything follows from a number, so that load and
// seed need not tell each other.

/** One of the databases. */
export interface Size {
  organizations: number;
  identities: number;
}

export const PROJECT_ID = "00000000-0000-7000-8000-00000000b000";
export const SLUG = "bench";
/** Members of an organization. */
export const MEMBERS = 10;
/** Organizations through whose connections people sign in; every isolate has the metadata of their IdP soon. */
export const ACTIVE_ORGANIZATIONS = 10;
/** Domains that the KV index knows: more than the 5,000 that an isolate remembers. */
export const INDEXED_DOMAINS = 5_200;
/** People who are signed in. */
export const SIGNED_IN = 500;
/** People of no organization, with a password. */
export const PASSWORD_ACCOUNTS = 500;
export const PASSWORD = "a password of the bench";

/** @param n a number, or a placeholder of the load generator for twelve digits */
export function organizationId(n: number | string): string {
  return `00000000-0000-7000-8001-${twelve(n)}`;
}

export function connectionId(n: number | string): string {
  return `00000000-0000-7000-8002-${twelve(n)}`;
}

export function identityId(n: number | string): string {
  return `00000000-0000-7000-8003-${twelve(n)}`;
}

/** First domain of an organization; its members have addresses under it. */
export function domainName(organization: number | string): string {
  return `d${organization}.bench.example`;
}

/** Second domain of an organization. */
export function otherDomainName(organization: number | string): string {
  return `e${organization}.bench.example`;
}

/** Subject of an organization's member at the identity provider; also the local part of the address. */
export function memberName(organization: number | string, member: number): string {
  return `p${organization}-${member}`;
}

/** Owned like the others, and neither in the index nor in its filter: for lookups that nobody has made before. */
export function coldDomainName(n: number | string): string {
  return `cold${n}.bench.example`;
}

export function passwordAddress(n: number | string): string {
  return `u${n}@people.example`;
}

function twelve(n: number | string): string {
  return typeof n === "string" ? n : String(n).padStart(12, "0");
}
