// Pages of a list, as Ory's project APIs have them: page_size and page_token in the query, the way on in the Link header.

import { base64url } from "jose";
import { unacceptable } from "../../domain/errors.ts";
import type { AppContext } from "../context.ts";

const DEFAULT_PAGE_SIZE = 250;
const MAX_PAGE_SIZE = 1000;

export interface PageRequest {
  limit: number;
  /** Last id of the page before. */
  after?: string;
}

/**
 * The page a request asks for. `list` names the list; a token of another list or project is refused.
 * @throws {DomainError} `validation_failed` naming `page_size` or `page_token`
 */
export function readPage(c: AppContext, list: string): PageRequest {
  const size = c.req.query("page_size") ?? c.req.query("per_page") ?? String(DEFAULT_PAGE_SIZE);
  const limit = /^[0-9]{1,4}$/.test(size) ? Number(size) : 0;
  if (limit < 1 || limit > MAX_PAGE_SIZE) {
    throw unacceptable([{ field: "page_size", code: "out_of_range", message: `Must be a number from 1 to ${MAX_PAGE_SIZE}.` }]);
  }
  const token = c.req.query("page_token");
  if (token === undefined || token === "") return { limit };
  const after = openPageToken(token, scopeOf(c, list));
  if (after === undefined) {
    throw unacceptable([{ field: "page_token", code: "invalid", message: "This is not a page token of this list." }]);
  }
  return { limit, after };
}

/** Sets `Link` (RFC 8288) with rel="first" and, when there may be more, rel="next". `next` is the last id of this page. */
export function linkPages(c: AppContext, list: string, next: string | undefined): void {
  const links = [link(c, undefined, "first")];
  if (next !== undefined) links.push(link(c, base64url.encode(`${scopeOf(c, list)}${next}`), "next"));
  c.header("Link", links.join(","));
}

function link(c: AppContext, pageToken: string | undefined, rel: string): string {
  const url = new URL(c.req.url);
  url.searchParams.delete("page_token");
  if (pageToken !== undefined) url.searchParams.set("page_token", pageToken);
  return `<${url.pathname}${url.search}>; rel="${rel}"`;
}

function openPageToken(token: string, scope: string): string | undefined {
  try {
    const text = new TextDecoder().decode(base64url.decode(token));
    const id = text.startsWith(scope) ? text.slice(scope.length) : "";
    return /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function scopeOf(c: AppContext, list: string): string {
  return `${list}/${c.get("project").id}/`;
}
