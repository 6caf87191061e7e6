// Reading the audit log. Writing it is part of the change that an event records (storage/events.ts).

import type { Runtime } from "../../services.ts";
import type { Database } from "../../storage/database.ts";
import { readApiKeyNames, readNames } from "../../storage/event-names.ts";
import { listEvents } from "../../storage/events.ts";
import { mergeNewest, type Page, type PageRequest } from "../page.ts";
import type { Event } from "./event.ts";
import type { EventFilter } from "./filter.ts";
import { type EventNames, namedIn } from "./names.ts";

export interface EventService {
  /**
   * Newest first. A filtered page looks at a bounded number of events, so it may hold fewer than asked for and still name
   * a next page. One round trip, or two with a filter. With a reference there is one page, of at most the events of one
   * minute: one round trip.
   */
  list(projectId: string, page: PageRequest & EventFilter, db?: Database): Promise<Page<Event>>;
  /**
   * The names of what a page of at most 40 events speaks of. Three round trips at once, whatever the events are.
   * @param operatorsProjectId the project whose people the operators are
   */
  names(projectId: string, operatorsProjectId: string, events: readonly Event[]): Promise<EventNames>;
}

export function createEventService(runtime: Runtime): EventService {
  const { databaseFor, directory, placement } = runtime;
  return {
    async list(projectId, { after, limit, ...filter }, db = databaseFor(projectId)) {
      const page = { before: after, limit, filter };
      const placed = placement.several ? await placement.locate(projectId) : undefined;
      if (!placed || placed.place === 0) return await listEvents(db, projectId, page);
      const pages = [directory, db].map((half) => listEvents(half, projectId, page));
      const merged = mergeNewest(await Promise.all(pages), limit);
      return filter.reference ? { ...merged, next: undefined } : merged;
    },

    async names(projectId, operatorsProjectId, events) {
      const ids = namedIn(events);
      const operators = { organizations: [], connections: [], identities: ids.operators };
      const [named, console, apiKeys] = await Promise.all([
        readNames(databaseFor(projectId), projectId, ids),
        readNames(databaseFor(operatorsProjectId), operatorsProjectId, operators),
        readApiKeyNames(directory, projectId, ids.apiKeys),
      ]);
      return { ...named, operators: console.identities, apiKeys };
    },
  };
}
