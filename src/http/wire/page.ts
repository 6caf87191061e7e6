// Pages of a list as Ory's project APIs have them: page_size and page_token in the query, the way on in the Link header.

import { unacceptable } from "../../domain/errors.ts";
import type { PageRequest } from "../../domain/page.ts";
import type { AppContext } from "../context.ts";
import { PAGE_SIZE, PAGE_TOKEN, pageFields, placeToken, readPage, readPlace } from "../page-token.ts";

/**
 * The page a request asks for. `list` names the list; a token of another list or project is refused.
 * @throws {DomainError} `validation_failed` naming `page_size` or `page_token`
 */
export function readLinkedPage(c: AppContext, list: string): PageRequest {
  return readPage(pageQuery(c), scopeOf(c, list));
}

/**
 * Where a page of a list begins that is not ordered by id, and how many items are asked for.
 * @throws {DomainError} `validation_failed` naming `page_size` or `page_token`
 */
export function readLinkedPlace(c: AppContext, list: string, size: number): { after: string[] | undefined; limit: number } {
  const query = pageQuery(c);
  return { after: readPlace(query.page_token, scopeOf(c, list), size), limit: query.page_size };
}

/** `linkPages` for such a list. */
export function linkPlaces(c: AppContext, list: string, next: readonly string[] | undefined): void {
  const token = placeToken(scopeOf(c, list), next);
  c.header("Link", [link(c, undefined, "first"), ...(token === undefined ? [] : [link(c, token, "next")])].join(","));
}

/** Sets `Link` (RFC 8288) with rel="first" and, when there is more, rel="next". `next` is the last id of this page. */
export function linkPages(c: AppContext, list: string, next: string | undefined): void {
  const links = [link(c, undefined, "first")];
  if (next !== undefined) links.push(link(c, pageFields(scopeOf(c, list), next).next_page_token, "next"));
  c.header("Link", links.join(","));
}

/** As `PageQuery` of the management API has it, without the schema: sessions of people are listed, too. */
function pageQuery(c: AppContext): { page_size: number; page_token: string | undefined } {
  const { page_size: size, page_token: token } = c.req.query();
  const limit = size === undefined ? PAGE_SIZE.default : Number(size);
  if (!Number.isInteger(limit)) refuse("page_size", "invalid_type", PAGE_SIZE.rule);
  if (limit < PAGE_SIZE.min) refuse("page_size", "too_small", PAGE_SIZE.rule);
  if (limit > PAGE_SIZE.max) refuse("page_size", "too_big", PAGE_SIZE.rule);
  if (token !== undefined && token.length > PAGE_TOKEN.max) refuse("page_token", "too_big", PAGE_TOKEN.rule);
  return { page_size: limit, page_token: token };
}

function refuse(field: string, code: string, message: string): never {
  throw unacceptable([{ field, code, message }]);
}

function link(c: AppContext, pageToken: string | undefined, rel: string): string {
  const url = new URL(c.req.url);
  url.searchParams.delete("page_token");
  if (pageToken !== undefined) url.searchParams.set("page_token", pageToken);
  return `<${url.pathname}${url.search}>; rel="${rel}"`;
}

function scopeOf(c: AppContext, list: string): string {
  return `${list}/${c.get("project").id}`;
}
