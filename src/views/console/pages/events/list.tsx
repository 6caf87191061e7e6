// The audit log of a project: filters, the events, and the way to older ones. The first page follows what happens.

import type { Event } from "../../../../domain/events/event.ts";
import type { EventQuery } from "../../../../domain/events/filter.ts";
import type { EventNames } from "../../../../domain/events/names.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, Empty, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { type FormProblems, FormProblemsNotice, Select, TextField } from "../../parts/fields.tsx";
import { ACTOR_KINDS, typeGroups } from "./event-text.ts";
import { EventRows } from "./rows.tsx";

export interface EventListProps {
  context: PageContext;
  path: string;
  query: EventQuery;
  problems: FormProblems | undefined;
  events: readonly Event[];
  names: EventNames;
  /** To older events; undefined at the end of the log. */
  olderHref: string | undefined;
  /** To the newest ones, from a later page. */
  newestHref: string | undefined;
  /** How many events are shown on a full page. */
  pageSize: number;
  apiPath: string;
}

/** Seconds between two looks of a page that follows. */
const PERIOD = 5;

export function EventList(props: EventListProps) {
  const { context, path, query, problems, newestHref, apiPath } = props;
  const follows = newestHref === undefined && !query.reference && problems === undefined;
  return (
    <>
      <PageHead
        title="Events"
        lead="Everything that happened in this project: every sign-in, every refusal with its reason, every change and who made it."
      />
      <Panel>
        <Filters path={path} query={query} problems={problems} names={props.names} />
        {problems === undefined ? (
          <>
            {follows ? <Follow path={path} /> : null}
            <div id="event-log" {...(follows ? { "data-refresh": PERIOD } : {})}>
              <Log {...props} />
            </div>
          </>
        ) : null}
      </Panel>
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "GET", path: apiPath }]} />
    </>
  );
}

function Log({ context, query, events, names, olderHref, newestHref, pageSize }: EventListProps) {
  return (
    <>
      {events.length === 0 ? (
        <Nothing query={query} older={olderHref !== undefined} />
      ) : (
        <EventRows events={events} names={names} now={context.now} projectPath={context.path} />
      )}
      {olderHref === undefined && newestHref === undefined ? null : (
        <nav class="pager" aria-label="Pages">
          {newestHref === undefined ? null : <ButtonLink href={newestHref}>Newest events</ButtonLink>}
          {olderHref === undefined ? null : (
            <ButtonLink href={olderHref}>{events.length < pageSize ? "Search older events" : "Older events"}</ButtonLink>
          )}
        </nav>
      )}
    </>
  );
}

function Filters({ path, query, problems, names }: Pick<EventListProps, "path" | "query" | "problems" | "names">) {
  const state = { values: query as Record<string, string>, problems };
  const active = Object.values(query).some((value) => value);
  const byThing = query.organization_id || query.connection_id || query.identity_id;
  return (
    <form method="get" action={path} class="filters-form" aria-label="Filter the events">
      <FormProblemsNotice problems={problems} />
      <div class="filters">
        <TextField name="reference" label="Reference" placeholder="1R8M4-X0KQ2" state={state} code={true} maxlength={64} />
        <Select name="type" label="What" state={state} options={[{ value: "", label: "Everything" }]} groups={typeGroups()} />
        <Select name="actor" label="By" state={state} options={actorOptions(query.actor, names)} />
        <Button>Search</Button>
        {active ? <ButtonLink href={path}>Clear</ButtonLink> : null}
      </div>
      <details class="disclosure" {...(byThing ? { open: true } : {})}>
        <summary>Organization, connection, identity</summary>
        <div class="filters">
          <TextField
            name="organization_id"
            label="Organization"
            hint={nameOf(query.organization_id, names.organizations)}
            placeholder="Its id"
            state={state}
            code={true}
          />
          <TextField
            name="connection_id"
            label="Connection"
            hint={nameOf(query.connection_id, names.connections)}
            placeholder="Its id"
            state={state}
            code={true}
          />
          <TextField
            name="identity_id"
            label="Identity"
            hint={nameOf(query.identity_id, names.identities)}
            placeholder="Its id"
            state={state}
            code={true}
          />
        </div>
      </details>
    </form>
  );
}

/** The kinds of actors, and the very one that a link has named. */
function actorOptions(actor: string | undefined, names: EventNames): { value: string; label: string }[] {
  const kinds = Object.entries(ACTOR_KINDS).map(([value, label]) => ({ value, label }));
  const one = actor && !(actor in ACTOR_KINDS) ? [{ value: actor, label: nameOfActor(actor, names) }] : [];
  return [{ value: "", label: "Anybody" }, ...one, ...kinds];
}

function nameOfActor(id: string, { operators, apiKeys, identities }: EventNames): string {
  return operators.get(id) ?? apiKeys.get(id) ?? identities.get(id) ?? id;
}

function nameOf(id: string | undefined, names: ReadonlyMap<string, string>): string | undefined {
  return id === undefined ? undefined : names.get(id);
}

/** The script asks for the log again while this is not paused; without one there is a link. */
function Follow({ path }: { path: string }) {
  return (
    <p class="follow">
      <span class="script-only">
        <span class="follow-state" data-follow-state>
          New events appear by themselves.
        </span>{" "}
        <button type="button" class="copy-button" data-follow="event-log">
          Pause
        </button>
      </span>
      <a class="scriptless-only" href={path}>
        Look for newer events
      </a>
    </p>
  );
}

function Nothing({ query, older }: { query: EventQuery; older: boolean }) {
  const filtered = Object.values(query).some((value) => value);
  if (query.reference) {
    return (
      <Empty title="No event has this reference">
        When a page fails before anything is decided, nothing is recorded, and only the logs know it: look there for{" "}
        <code>{query.reference}</code>. Check for a typing mistake, too, and whether it happened in another project.
      </Empty>
    );
  }
  if (filtered) {
    return (
      <Empty title="Nothing found">
        {older ? "None of the events that were looked at fits. There are older ones." : "No event fits."}
      </Empty>
    );
  }
  return <Empty title="Nothing has happened yet">Sign-ins, refusals and changes appear here as they happen.</Empty>;
}
