// Reading the audit log. Writing it is part of the change that an event records (storage/events.ts).

import type { Runtime } from "../../services.ts";
import { listEvents } from "../../storage/events.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Event } from "./event.ts";
import type { EventFilter } from "./filter.ts";

export interface EventService {
  /**
   * Newest first. A filtered page looks at a bounded number of events, so it may hold fewer than asked for and still name
   * a next page. One round trip, or two with a filter. With a reference there is one page, of at most the events of one
   * minute: one round trip.
   */
  list(projectId: string, page: PageRequest & EventFilter): Promise<Page<Event>>;
}

export function createEventService(runtime: Runtime): EventService {
  return {
    list: (projectId, { after, limit, ...filter }) =>
      listEvents(runtime.databaseFor(projectId), projectId, { before: after, limit, filter }),
  };
}
