// Lists of the console: how many rows a page has, and the addresses of its pages, which keep the list's filters.

import type { AppContext } from "../context.ts";

export const ROWS_ON_A_PAGE = 25;

/** An address with a query; what is empty is left out. */
export function hrefOf(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
  const search = new URLSearchParams(given).toString();
  return search === "" ? path : `${path}?${search}`;
}

/** What the pager of a list needs. `token` leads to the next page. */
export function pagerOf(
  c: AppContext,
  path: string,
  filters: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
): { nextHref: string | undefined; firstHref: string | undefined } {
  return {
    nextHref: token === undefined ? undefined : hrefOf(path, { ...filters, page_token: token }),
    firstHref: c.req.query("page_token") === undefined ? undefined : hrefOf(path, filters),
  };
}
