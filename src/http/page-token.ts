// Page tokens of every list: opaque to the caller, good for the list and tenant that gave them out and for no other.

import { type DomainError, unacceptable } from "../domain/errors.ts";
import type { PageRequest } from "../domain/page.ts";

/** Items on a page. */
export const PAGE_SIZE = { min: 1, max: 1000, default: 250, rule: "Must be a whole number from 1 to 1000." };
/** Characters of a token. */
export const PAGE_TOKEN = { max: 2048, rule: "This is not a page token of this list." };

/**
 * The page a request asks for.
 * @param list names the list and its tenant, e.g. `organizations/<project>`; tokens of another list are refused
 * @throws {DomainError} `unacceptable` naming page_token
 */
export function readPage(query: { page_size: number; page_token?: string | undefined }, list: string): PageRequest {
  const limit = query.page_size;
  if (!query.page_token) return { limit, after: undefined };
  const after = openToken(query.page_token, list);
  if (after !== undefined && UUID.test(after)) return { limit, after };
  throw foreignToken();
}

/**
 * The place where a page of a list begins that is not ordered by id: the `size` values that the token was made of;
 * undefined without a token.
 * @throws {DomainError} `unacceptable` naming page_token
 */
export function readPlace(token: string | undefined, list: string, size: number): string[] | undefined {
  if (!token) return undefined;
  const place = parseStrings(openToken(token, list));
  if (place?.length !== size) throw foreignToken();
  return place;
}

/** The token that `readPlace` reads; undefined on the last page. */
export function placeToken(list: string, place: readonly string[] | undefined): string | undefined {
  return place && encode(`${list}/${JSON.stringify(place)}`);
}

/** The paging fields of an answer. */
export function pageFields(list: string, next: string | undefined): { next_page_token: string; has_next_page: boolean } {
  return tokenFields(next === undefined ? undefined : encode(`${list}/${next}`));
}

/** The same for a token that has been made. */
export function tokenFields(token: string | undefined): { next_page_token: string; has_next_page: boolean } {
  return { next_page_token: token ?? "", has_next_page: token !== undefined };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function foreignToken(): DomainError {
  return unacceptable([{ field: "page_token", code: "page_token_invalid", message: PAGE_TOKEN.rule }]);
}

function openToken(token: string, list: string): string | undefined {
  const text = decode(token);
  return text?.startsWith(`${list}/`) ? text.slice(list.length + 1) : undefined;
}

function parseStrings(json: string | undefined): string[] | undefined {
  try {
    const value: unknown = JSON.parse(json ?? "");
    return Array.isArray(value) && value.every((part) => typeof part === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** base64url (RFC 4648, section 5) of UTF-8, without padding. */
function encode(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(token: string): string | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(token) || token.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(token.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
