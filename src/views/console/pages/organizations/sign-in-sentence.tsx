// How the people of an organization sign in, in words: what routing decides, told to an operator.

import type { RoutingDecision } from "../../../../domain/login/routing.ts";

/** @param newConnectionHref where a connection for this organization is added */
export function SignInSentence(props: {
  routing: RoutingDecision | undefined;
  domains: readonly string[];
  connectionsHref: string;
  newConnectionHref: string;
  editHref: string;
}) {
  const { routing, domains, connectionsHref, newConnectionHref, editHref } = props;
  const reasons = new Set(routing?.reasons ?? []);
  const addresses = under(domains);
  if (reasons.has("organization_disabled")) {
    return (
      <p>
        Nobody can: the organization is disabled. Its people are refused, and its domains stay claimed, so no other door opens for
        them. <a href={editHref}>Enable it</a>.
      </p>
    );
  }
  if (domains.length === 0) {
    return (
      <p>
        Nobody can yet: it has no e-mail domain, and only people with an address under one of its domains are let in.{" "}
        <a href={editHref}>Add the customer's domains</a>.
      </p>
    );
  }
  if (reasons.has("no_connection")) {
    return (
      <p>
        Nobody can yet: {addresses} belong to this organization, so passwords and social sign-in are refused for them, and there
        is no connection to sign in through. <a href={newConnectionHref}>Add a connection</a>.
      </p>
    );
  }
  if (reasons.has("no_enabled_connection")) {
    return (
      <p>
        Nobody can: {addresses} belong to this organization, but all of its connections are disabled.{" "}
        <a href={connectionsHref}>Enable one</a>.
      </p>
    );
  }
  const labels = routing?.connections.map((connection) => `“${connection.label}”`) ?? [];
  return (
    <p>
      Whoever has an address {domains.length === 1 ? `under ${domains[0]}` : "under one of its domains"}{" "}
      {labels.length === 1 ? `is sent to ${labels[0]}` : `chooses between ${inWords(labels)}`}. Passwords and social sign-in are
      refused for these addresses.
    </p>
  );
}

function under(domains: readonly string[]): string {
  return domains.length === 1 ? `addresses under ${domains[0]}` : `addresses under its ${domains.length} domains`;
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
