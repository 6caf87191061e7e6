// A short table of events: what happened, why it was refused, who did it, when.

import type { Event } from "../../../domain/events/event.ts";
import type { PageContext } from "../context.ts";
import { Moment, Table } from "./blocks.tsx";

const ACTORS: Record<Event["actorType"], string> = {
  root_key: "Root key",
  api_key: "API key",
  operator: "Operator",
  identity: "The person",
  anonymous: "Somebody",
  system: "Orgate",
};

interface EventTableProps {
  context: PageContext;
  caption: string;
  events: readonly Event[];
}

export function EventTable({ context, caption, events }: EventTableProps) {
  return (
    <Table
      caption={caption}
      head={["Event", "Reason", "By", "About", "When"]}
      rows={events.map((event) => [
        <code>{event.type}</code>,
        event.reason === null ? "" : <code>{event.reason}</code>,
        ACTORS[event.actorType],
        event.identityId === null ? "" : <a href={`${context.path}/identities/${event.identityId}`}>Person</a>,
        <Moment at={event.createdAt} now={context.now} />,
      ])}
    />
  );
}
