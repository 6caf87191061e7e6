// GET /projects/{project_id}/organizations

import { createRoute, z } from "@hono/zod-openapi";
import { canonicalDomain } from "../../../domain/domains/domain-name.ts";
import { unacceptable } from "../../../domain/errors.ts";
import { searchText } from "../../../domain/organizations/search.ts";
import { shownToProgram } from "../../display.ts";
import { answer, errors, inProject, type ManagementDoor, ProjectParams, security } from "../operation.ts";
import { PageFields, PageQuery, pageFields, placeToken, readPage, readPlace, tokenFields } from "../paging.ts";
import { OrganizationWire, organizationToWire, TAG } from "./wire.ts";

const List = z.object({ organizations: z.array(OrganizationWire), ...PageFields }).openapi("OrganizationList");

const route = createRoute({
  method: "get",
  path: "/projects/{project_id}/organizations",
  operationId: "listOrganizations",
  tags: [TAG],
  summary: "List the organizations of a project",
  description:
    "In the order of their creation; with `search` or `state`, in the order of their labels. A search finds what begins " +
    "with the text: labels, and domains, of which it looks at the first thousand.",
  security,
  middleware: inProject("read"),
  request: {
    params: ProjectParams,
    query: z.object({
      ...PageQuery,
      domain: z
        .string()
        .optional()
        .openapi({ param: { name: "domain", in: "query" }, description: "Only the organization that owns this domain." }),
      search: z
        .string({ error: "Give one text." })
        .max(320, "At most 320 characters.")
        .optional()
        .openapi({
          param: { name: "search", in: "query" },
          description: "The beginning of a label or a domain. Of an e-mail address, the part behind the @ counts for domains.",
        }),
      state: z
        .enum(["enabled", "disabled"], { error: "Must be enabled or disabled." })
        .optional()
        .openapi({ param: { name: "state", in: "query" } }),
    }),
  },
  responses: { 200: answer("A page of organizations.", List), ...errors(403, 404, 422) },
});

export function listOrganizations(door: ManagementDoor): void {
  door.openapi(route, async (c) => {
    const query = c.req.valid("query");
    const { organizations } = c.get("services");
    const projectId = c.get("project").id;
    const searched = searchText(query.search ?? "");
    if (searched !== undefined || query.state !== undefined) {
      if (query.domain !== undefined) throw unacceptable([{ field: "domain", code: "filters_combined", message: COMBINED }]);
      const list = labelList(projectId);
      const after = placeOf(query.page_token, list);
      const page = { text: searched, state: query.state, after, limit: query.page_size };
      const { items, next } = await shownToProgram(c, projectId, (db) => organizations.search(projectId, page, db));
      const token = placeToken(list, next && [next.label, next.id]);
      return c.json({ organizations: items.map((item) => organizationToWire(item.organization)), ...tokenFields(token) }, 200);
    }
    const list = `organizations/${projectId}`;
    const page = { ...readPage(query, list), domain: query.domain === undefined ? undefined : canonical(query.domain) };
    const { items, next } = await shownToProgram(c, projectId, (db) => organizations.list(projectId, page, db));
    return c.json({ organizations: items.map(organizationToWire), ...pageFields(list, next) }, 200);
  });
}

/** The name of the list in the order of labels, for its page tokens. */
export function labelList(projectId: string): string {
  return `organizations-by-label/${projectId}`;
}

/** Where a page of that list begins. @throws {DomainError} `unacceptable` naming page_token */
export function placeOf(token: string | undefined, list: string): { label: string; id: string } | undefined {
  const [label, id] = readPlace(token, list, 2) ?? [];
  return label === undefined || id === undefined ? undefined : { label, id };
}

const COMBINED = "Use either domain, or search and state.";

function canonical(domain: string): string {
  const name = canonicalDomain(domain);
  if (!name.ok) throw unacceptable([{ field: "domain", code: name.reason, message: name.message }]);
  return name.domain;
}
