// Pages of a list as Ory's project APIs have them: page_size and page_token in the query, the way on in the Link header.

import { z } from "@hono/zod-openapi";
import type { PageRequest } from "../../domain/page.ts";
import type { AppContext } from "../context.ts";
import { PageQuery, pageFields, placeToken, readPage, readPlace } from "../management/paging.ts";
import { rejectSchemaErrors } from "../schema-errors.ts";

const pageQuery = z.object(PageQuery);

/**
 * The page a request asks for. `list` names the list; a token of another list or project is refused.
 * @throws {DomainError} `validation_failed` naming `page_size` or `page_token`
 */
export function readLinkedPage(c: AppContext, list: string): PageRequest {
  const query = pageQuery.safeParse(c.req.query());
  rejectSchemaErrors(query);
  return readPage(query.data ?? { page_size: 1 }, scopeOf(c, list));
}

/**
 * Where a page of a list begins that is not ordered by id, and how many items are asked for.
 * @throws {DomainError} `validation_failed` naming `page_size` or `page_token`
 */
export function readLinkedPlace(c: AppContext, list: string, size: number): { after: string[] | undefined; limit: number } {
  const query = pageQuery.safeParse(c.req.query());
  rejectSchemaErrors(query);
  return { after: readPlace(query.data?.page_token, scopeOf(c, list), size), limit: query.data?.page_size ?? 1 };
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

function link(c: AppContext, pageToken: string | undefined, rel: string): string {
  const url = new URL(c.req.url);
  url.searchParams.delete("page_token");
  if (pageToken !== undefined) url.searchParams.set("page_token", pageToken);
  return `<${url.pathname}${url.search}>; rel="${rel}"`;
}

function scopeOf(c: AppContext, list: string): string {
  return `${list}/${c.get("project").id}`;
}
