// What the ids in events are called now. What has been deleted since has no name any more.

import type { Event } from "./event.ts";

/** By id. */
export interface EventNames {
  organizations: ReadonlyMap<string, string>;
  connections: ReadonlyMap<string, string>;
  /** The person's address, or their id. */
  identities: ReadonlyMap<string, string>;
  operators: ReadonlyMap<string, string>;
  apiKeys: ReadonlyMap<string, string>;
}

/** The ids that events name, by what they are ids of, each once. */
export interface NamedIds {
  organizations: string[];
  connections: string[];
  identities: string[];
  operators: string[];
  apiKeys: string[];
}

/** The ids to look up for these events. Those of actors are among them. */
export function namedIn(events: readonly Event[]): NamedIds {
  const actors = (type: Event["actorType"]) => events.map((event) => (event.actorType === type ? event.actorId : null));
  return {
    organizations: distinct(events.map((event) => event.organizationId)),
    connections: distinct(events.map((event) => event.connectionId)),
    identities: distinct([...events.map((event) => event.identityId), ...actors("identity")]),
    operators: distinct(actors("operator")),
    apiKeys: distinct(actors("api_key")),
  };
}

function distinct(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids.filter((id) => id !== null))];
}
