// Pages of a management list: page_size and page_token in the query, next_page_token in the answer.

import { z } from "@hono/zod-openapi";
import { unacceptable } from "../../domain/errors.ts";
import type { PageRequest } from "../../domain/page.ts";

export const PageQuery = {
  page_size: z.coerce
    .number({ error: "Must be a whole number from 1 to 1000." })
    .int("Must be a whole number from 1 to 1000.")
    .min(1, "Must be a whole number from 1 to 1000.")
    .max(1000, "Must be a whole number from 1 to 1000.")
    .default(250)
    .openapi({ param: { name: "page_size", in: "query" }, type: "integer", description: "Items on a page." }),
  page_token: z
    .string({ error: "Give one page token." })
    .max(512, "This is not a page token of this list.")
    .optional()
    .openapi({ param: { name: "page_token", in: "query" }, description: "next_page_token of the page before." }),
};

export const PageFields = {
  next_page_token: z.string().openapi({ description: "Opaque; empty on the last page." }),
  has_next_page: z.boolean(),
};

/**
 * The page a request asks for.
 * @param list names the list and its tenant, e.g. `organizations/<project>`; tokens of another list are refused
 * @throws {DomainError} `unacceptable` naming page_token
 */
export function readPage(query: { page_size: number; page_token?: string | undefined }, list: string): PageRequest {
  const limit = query.page_size;
  if (!query.page_token) return { limit, after: undefined };
  const after = openToken(query.page_token, list);
  if (after !== undefined) return { limit, after };
  const message = "This is not a page token of this list.";
  throw unacceptable([{ field: "page_token", code: "page_token_invalid", message }]);
}

/** The paging fields of an answer. */
export function pageFields(list: string, next: string | undefined): { next_page_token: string; has_next_page: boolean } {
  if (next === undefined) return { next_page_token: "", has_next_page: false };
  return { next_page_token: encode(`${list}/${next}`), has_next_page: true };
}

function openToken(token: string, list: string): string | undefined {
  const text = decode(token);
  const id = text?.startsWith(`${list}/`) ? text.slice(list.length + 1) : "";
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined;
}

/** base64url (RFC 4648, section 5) of ASCII text, without padding. */
function encode(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(token: string): string | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(token) || token.length % 4 === 1) return undefined;
  return atob(token.replaceAll("-", "+").replaceAll("_", "/"));
}
