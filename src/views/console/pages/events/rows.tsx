// A list of events: one line each, and everything that is known about it when it is opened.

import type { Child } from "hono/jsx";
import type { Event } from "../../../../domain/events/event.ts";
import type { EventNames } from "../../../../domain/events/names.ts";
import { referenceOf } from "../../../../domain/events/reference.ts";
import { refusalExplanation } from "../../../refusal-explanations.ts";
import { isRefusalReason, refusalSentence } from "../../../refusal-sentences.ts";
import { CopyValue, Facts, Moment } from "../../parts/blocks.tsx";
import { ACTOR_KINDS, eventTitle } from "./event-text.ts";

export interface EventRowsProps {
  events: readonly Event[];
  names: EventNames;
  /** Milliseconds. */
  now: number;
  /** `/console/projects/{id}`. */
  projectPath: string;
}

export function EventRows({ events, ...props }: EventRowsProps) {
  return (
    <ol class="log">
      {events.map((event) => (
        <li class="log-item">
          <EventRow event={event} {...props} />
        </li>
      ))}
    </ol>
  );
}

/** Its id lets the script keep it open while the list is asked for again. */
function EventRow({ event, ...props }: { event: Event } & Omit<EventRowsProps, "events">) {
  return (
    <details class="log-entry" id={`event-${event.id}`}>
      <summary class="log-line">
        <span class={`log-title ${toneOf(event)}`}>{eventTitle(event.type)}</span>
        <span class="log-about">{aboutText(event, props.names)}</span>
        <span class="log-time">
          <Moment at={event.createdAt} now={props.now} />
        </span>
      </summary>
      <div class="log-body">
        {event.reason === null ? null : <Reason reason={event.reason} wasTold={isRefusal(event)} />}
        <EventFacts event={event} {...props} />
      </div>
    </details>
  );
}

function toneOf(event: Event): string {
  if (event.reason !== null || isRefusal(event)) return "log-bad";
  return event.type.endsWith(".succeeded") ? "log-good" : "";
}

function isRefusal({ type }: Event): boolean {
  return /[._]refused$/.test(type);
}

/** The one line: whom or what it is about, and by whom when that is somebody else. */
function aboutText(event: Event, names: EventNames): string {
  const person = event.identityId === null ? undefined : names.identities.get(event.identityId);
  const parts = [
    event.reason === null ? undefined : event.reason.replaceAll("_", " "),
    person,
    event.organizationId === null ? undefined : names.organizations.get(event.organizationId),
    event.connectionId === null ? undefined : names.connections.get(event.connectionId),
    namedInDetails(event),
  ];
  const about = [...new Set(parts.filter((part) => part !== undefined))].join(" · ");
  const by = actorText(event, names);
  return event.actorType === "identity" || event.actorType === "anonymous"
    ? about
    : [about, `by ${by}`].filter(Boolean).join(" · ");
}

/** What was made or deleted may have no row of its own any more; its event has kept the name. */
function namedInDetails({ details }: Event): string | undefined {
  const name = details["label"] ?? details["name"];
  return typeof name === "string" ? name : undefined;
}

function actorText({ actorType, actorId }: Event, names: EventNames): string {
  const known = { operator: names.operators, api_key: names.apiKeys, identity: names.identities }[actorType as "operator"];
  const name = actorId === null ? undefined : known?.get(actorId);
  if (actorType === "api_key") return name === undefined ? "an API key" : `API key “${name}”`;
  if (actorType === "operator" || actorType === "identity") return name ?? ACTOR_KINDS[actorType].toLowerCase();
  return actorType === "root_key" ? "the root key" : ACTOR_KINDS[actorType];
}

function Reason({ reason, wasTold }: { reason: string; wasTold: boolean }) {
  if (!isRefusalReason(reason)) {
    return (
      <p>
        Reason: <code>{reason}</code>
      </p>
    );
  }
  const { happened, fix } = refusalExplanation(reason);
  return (
    <div class="explanation">
      <p class="explanation-title">{happened}</p>
      <p>
        <strong>What to do:</strong> {fix}
      </p>
      <p class="hint">
        {wasTold ? `The person was told “${refusalSentence(reason).title}”. ` : ""}The reason's name is <code>{reason}</code>.
      </p>
    </div>
  );
}

function EventFacts({ event, names, projectPath }: { event: Event } & Omit<EventRowsProps, "events">) {
  const { organizationId, connectionId, identityId, actorId } = event;
  const eventsPath = `${projectPath}/events`;
  const link = (section: string, filter: string, id: string | null, known: ReadonlyMap<string, string>) =>
    id === null ? undefined : (
      <Thing href={`${projectPath}/${section}/${id}`} name={known.get(id)} id={id} events={`${eventsPath}?${filter}=${id}`} />
    );
  const rows: (readonly [string, Child] | undefined)[] = [
    ["Reference", <CopyValue text={referenceOf(event.id)} label="the reference" />],
    ["Time", <Exact at={event.createdAt} />],
    ["Type", <code>{event.type}</code>],
    [
      "By",
      <span>
        {actorText(event, names)}
        {actorId === null ? null : (
          <>
            {" "}
            <a class="aside" href={`${eventsPath}?actor=${actorId}`}>
              Only these
            </a>
          </>
        )}
      </span>,
    ],
    row("Organization", link("organizations", "organization_id", organizationId, names.organizations)),
    row("Connection", link("connections", "connection_id", connectionId, names.connections)),
    row("Identity", link("identities", "identity_id", identityId, names.identities)),
    row("Network", event.ipAddress === null ? undefined : <code>{event.ipAddress}</code>),
    ...Object.entries(event.details).map(([name, value]) => [capitalised(name), <code>{valueText(value)}</code>] as const),
    ["Event", <CopyValue text={event.id} label="the event's id" />],
    ["Request", <CopyValue text={event.requestId} label="the request's id" />],
  ];
  return <Facts items={rows} />;
}

function row(term: string, value: Child | undefined): readonly [string, Child] | undefined {
  return value === undefined ? undefined : [term, value];
}

/** A thing that an event names: a link to it while it exists, and one to everything else that happened to it. */
function Thing({ href, name, id, events }: { href: string; name: string | undefined; id: string; events: string }) {
  return (
    <span>
      {name === undefined ? (
        <>
          <code>{id}</code> <span class="hint">deleted since</span>
        </>
      ) : (
        <a href={href}>{name}</a>
      )}{" "}
      <a class="aside" href={events}>
        Only these
      </a>
    </span>
  );
}

function Exact({ at }: { at: number }) {
  const iso = new Date(at).toISOString();
  return <time datetime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`}</time>;
}

function capitalised(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
