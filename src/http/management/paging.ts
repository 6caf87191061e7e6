// Pages of a management list: page_size and page_token in the query, next_page_token in the answer.

import { z } from "@hono/zod-openapi";
import { PAGE_SIZE, PAGE_TOKEN } from "../page-token.ts";

export { pageFields, placeToken, readPage, readPlace, tokenFields } from "../page-token.ts";

export const PageQuery = {
  page_size: z.coerce
    .number({ error: PAGE_SIZE.rule })
    .int(PAGE_SIZE.rule)
    .min(PAGE_SIZE.min, PAGE_SIZE.rule)
    .max(PAGE_SIZE.max, PAGE_SIZE.rule)
    .default(PAGE_SIZE.default)
    .openapi({ param: { name: "page_size", in: "query" }, type: "integer", description: "Items on a page." }),
  page_token: z
    .string({ error: "Give one page token." })
    .max(PAGE_TOKEN.max, PAGE_TOKEN.rule)
    .optional()
    .openapi({ param: { name: "page_token", in: "query" }, description: "next_page_token of the page before." }),
};

export const PageFields = {
  next_page_token: z.string().openapi({ description: "Opaque; empty on the last page." }),
  has_next_page: z.boolean(),
};
