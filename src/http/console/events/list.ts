// GET /projects/:project_id/events: the audit log with the filters of the management API.

import type { Event } from "../../../domain/events/event.ts";
import { type EventFilter, type EventQuery, readEventFilter } from "../../../domain/events/filter.ts";
import { EventList } from "../../../views/console/pages/events/list.tsx";
import type { AppContext } from "../../context.ts";
import { shownToOperator } from "../../display.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { attempt } from "../form.ts";
import { hrefOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

const FILTERS = ["reference", "type", "actor", "organization_id", "connection_id", "identity_id"] as const;

/** Five D1 round trips besides the operator's own, whatever there is to list; three of them at once. */
export async function showEvents(c: AppContext) {
  const project = c.get("project");
  const query: EventQuery = Object.fromEntries(FILTERS.map((name) => [name, (c.req.query(name) ?? "").trim()]));
  const read = await attempt(async () => readEventFilter(query));
  const { items, next } = read.ok ? await eventsOf(c, read.value) : { items: [], next: undefined };
  const names = await c.get("services").events.names(project.id, c.get("operator").identity.projectId, items);
  const path = `${projectPath(c)}/events`;
  const token = pageFields(listOf(c), next).next_page_token;
  const isFirst = c.req.query("page_token") === undefined;
  return answerPage(c, {
    title: "Events",
    section: "events",
    status: read.ok ? 200 : read.problems.status,
    body: EventList({
      context: pageContext(c),
      path,
      query,
      problems: read.ok ? undefined : read.problems,
      events: items,
      names,
      olderHref: token === "" ? undefined : hrefOf(path, { ...query, page_token: token }),
      newestHref: isFirst ? undefined : hrefOf(path, { ...query }),
      pageSize: ROWS_ON_A_PAGE,
      apiPath: hrefOf(`/projects/${project.id}/events`, { ...query }),
    }),
  });
}

async function eventsOf(c: AppContext, filter: EventFilter): Promise<{ items: Event[]; next: string | undefined }> {
  const page = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, listOf(c));
  const { events } = c.get("services");
  return await shownToOperator(c, (db) => events.list(c.get("project").id, { ...page, ...filter }, db));
}

function listOf(c: AppContext): string {
  return `events/${c.get("project").id}`;
}
