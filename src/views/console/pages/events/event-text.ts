// Events in words: what their types say, and who did it.

import { EVENT_FAMILIES, EVENT_TYPES, type Event, type EventType, familyOf } from "../../../../domain/events/event.ts";

const FAMILY_WORDS: Record<string, string | undefined> = {
  api_key: "API key",
  login: "Sign-in",
  logout: "Sign-out",
  client: "Application",
  provider: "Application sign-in",
};

const ACTIONS: Record<string, string | undefined> = {
  "login.succeeded": "Signed in",
  "logout.succeeded": "Signed out",
  "registration.succeeded": "Registered",
  "identity.joined_organization": "Identity moved into an organization",
  "operator.joined": "Operator accepted an invitation",
};

/** What an operator is told has happened, e.g. “Sign-in refused”. */
export function eventTitle(type: EventType): string {
  return ACTIONS[type] ?? `${familyTitle(familyOf(type))} ${words(type.slice(type.indexOf(".") + 1))}`;
}

/** What a family of events is about. */
export function familyTitle(family: string): string {
  return FAMILY_WORDS[family] ?? capital(words(family));
}

/** The choices of a filter by type: every family, and its types below it. */
export function typeGroups(): { label: string; options: { value: string; label: string }[] }[] {
  return EVENT_FAMILIES.map((family) => {
    const types = EVENT_TYPES.filter((type) => familyOf(type) === family);
    const all = types.length > 1 ? [{ value: `${family}.*`, label: `${familyTitle(family)}: everything` }] : [];
    return { label: familyTitle(family), options: [...all, ...types.map((type) => ({ value: type, label: eventTitle(type) }))] };
  });
}

export const ACTOR_KINDS: Record<Event["actorType"], string> = {
  root_key: "Root key",
  api_key: "API key",
  operator: "Operator",
  identity: "Identity",
  anonymous: "Visitor",
  system: "Orgate itself",
};

function words(name: string): string {
  return name.replaceAll("_", " ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
