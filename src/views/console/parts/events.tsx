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
  /** Whether the events may be about several people. */
  people: boolean;
}

export function EventTable({ context, caption, events, people }: EventTableProps) {
  return (
    <Table
      caption={caption}
      head={["Event", "Reason", "By", ...(people ? ["About"] : []), "When"]}
      rows={events.map((event) => [
        <code>{event.type}</code>,
        event.reason === null ? "None" : <code>{event.reason}</code>,
        ACTORS[event.actorType],
        ...(people ? [<Person context={context} id={event.identityId} />] : []),
        <Moment at={event.createdAt} now={context.now} />,
      ])}
    />
  );
}

function Person({ context, id }: { context: PageContext; id: string | null }) {
  return id === null ? <>The organization</> : <a href={`${context.path}/identities/${id}`}>A person</a>;
}
