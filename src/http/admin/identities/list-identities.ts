// GET /admin/identities: in the order of their creation, a page at a time, at most one filter.

import { createRoute, z } from "@hono/zod-openapi";
import { parseEmailAddress } from "../../../domain/domains/email-address.ts";
import { unacceptable } from "../../../domain/errors.ts";
import type { Identity } from "../../../domain/identities/identity.ts";
import type { AppContext } from "../../context.ts";
import { shownToProgram } from "../../display.ts";
import { answer, errors, type ManagementDoor } from "../../management/operation.ts";
import { originOf } from "../../return-target.ts";
import { identityToAdminWire } from "../../wire/identity.ts";
import { linkPages, linkPlaces, readLinkedPage, readLinkedPlace } from "../../wire/page.ts";
import { adminSecurity, identitySchema, pageQuery } from "../schemas.ts";

const LIST = "identities";
const BY_EMAIL = "identities-by-email";
const FILTERS = ["organization_id", "credentials_identifier", "preview_credentials_identifier_similar", "ids"] as const;
const MAX_IDS = 500;

const query = pageQuery.extend({
  organization_id: z.uuid().optional(),
  credentials_identifier: z.string().optional().openapi({ description: "An e-mail address, in any spelling." }),
  preview_credentials_identifier_similar: z
    .string()
    .max(320)
    .optional()
    .openapi({ description: "The beginning of an e-mail address, in any spelling. The list is then ordered by address." }),
  ids: z.union([z.uuid(), z.array(z.uuid()).max(MAX_IDS)]).optional(),
});

const route = createRoute({
  method: "get",
  path: "/admin/identities",
  operationId: "listIdentities",
  tags: ["identities"],
  summary: "List identities",
  description: "In the order of their creation. The filters cannot be combined. The Link header leads on.",
  security: adminSecurity,
  request: { query },
  responses: { 200: answer("A page of identities.", z.array(identitySchema)), ...errors(422) },
});

export function listIdentities(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const query = c.req.valid("query");
    refuseCombination(query);
    const similar = query.preview_credentials_identifier_similar;
    const items = similar === undefined ? await pageOfFilter(c, filterOf(query)) : await pageByEmail(c, similar);
    const wire = items.map((identity) => identityToAdminWire(identity, originOf(c)));
    return c.json(wire, 200);
  });
}

async function pageOfFilter(c: AppContext, filter: ReturnType<typeof filterOf>): Promise<Identity[]> {
  const page = readLinkedPage(c, LIST);
  const { identities } = c.get("services");
  const { id } = c.get("project");
  const { items, next } = await shownToProgram(c, id, (db) => identities.list(id, filter, page, db));
  linkPages(c, LIST, next);
  return items;
}

async function pageByEmail(c: AppContext, prefix: string): Promise<Identity[]> {
  const { after, limit } = readLinkedPlace(c, BY_EMAIL, 1);
  const page = { prefix, after: after?.[0], limit };
  const { items, next } = await c.get("services").identities.findByEmail(c.get("project").id, page);
  linkPlaces(c, BY_EMAIL, next === undefined ? undefined : [next]);
  return items;
}

function refuseCombination(wanted: z.infer<typeof query>): void {
  if (FILTERS.filter((filter) => wanted[filter] !== undefined).length > 1) {
    throw unacceptable([{ field: "organization_id", code: "filters_combined", message: "Use one filter at a time." }]);
  }
}

function filterOf({ organization_id, credentials_identifier, ids }: z.infer<typeof query>) {
  if (organization_id !== undefined) return { organizationId: organization_id };
  if (ids !== undefined) return { ids: [ids].flat() };
  if (credentials_identifier === undefined) return undefined;
  const parsed = parseEmailAddress(credentials_identifier);
  // What is no address is nobody's.
  return parsed.ok ? { email: parsed.address.canonical } : { ids: [] };
}
