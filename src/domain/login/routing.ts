// Routing: which door an address has. A pure decision over rows just read from D1's primary, with its reasons.
// It may be asked with stale rows for display (the KV lookup); whoever opens a door asks again with fresh ones.

import type { Connection } from "../connections/connection.ts";

export type RoutingReason =
  | "domain_not_claimed"
  | "domain_claim_pending"
  | "domain_claimed"
  | "organization_disabled"
  | "no_connection"
  | "no_enabled_connection"
  | "several_connections"
  | "password_login_enabled"
  | "password_login_disabled"
  | "social_sign_in_available";

export interface RoutingFacts {
  /** The row of the address's canonical domain, if any. */
  domain: { organizationId: string; state: "active" | "pending" } | null;
  /** The organization that row names. */
  organization: { id: string; label: string; state: "enabled" | "disabled" } | null;
  /** All connections of that organization. */
  connections: Pick<Connection, "id" | "label" | "state" | "provider">[];
  /** Enabled connections of the project that belong to no organization. */
  social: Pick<Connection, "id" | "label" | "state" | "provider">[];
  project: { passwordLogin: boolean };
}

export interface ConnectionChoice {
  id: string;
  label: string;
}

export type RoutingDecision =
  /** Only these connections open for the address. */
  | {
      decision: "sso";
      organizationId: string;
      organizationLabel: string;
      connections: ConnectionChoice[];
      reasons: RoutingReason[];
    }
  /** The address belongs to an organization that has no usable connection: no door opens at all. */
  | { decision: "blocked"; organizationId: string; organizationLabel: string; connections: []; reasons: RoutingReason[] }
  /** An ordinary address: password (if the project offers it) and social sign-in. */
  | { decision: "local"; password: boolean; connections: ConnectionChoice[]; reasons: RoutingReason[] };

/** Decides how an address signs in. Only its domain matters, never the local part (T53, T92). */
export function route(facts: RoutingFacts): RoutingDecision {
  const { domain, organization } = facts;
  if (domain?.state === "active" && organization) {
    const claimed: RoutingReason[] = ["domain_claimed"];
    const owner = { organizationId: organization.id, organizationLabel: organization.label };
    if (organization.state !== "enabled") {
      return { decision: "blocked", ...owner, connections: [], reasons: [...claimed, "organization_disabled"] };
    }
    const enabled = facts.connections.filter((c) => c.state === "enabled");
    if (enabled.length === 0) {
      const reason = facts.connections.length === 0 ? "no_connection" : "no_enabled_connection";
      return { decision: "blocked", ...owner, connections: [], reasons: [...claimed, reason] };
    }
    const reasons: RoutingReason[] = enabled.length > 1 ? [...claimed, "several_connections"] : claimed;
    return { decision: "sso", ...owner, connections: enabled.map(choice), reasons };
  }
  const social = facts.social.filter((c) => c.state === "enabled");
  return {
    decision: "local",
    password: facts.project.passwordLogin,
    connections: social.map(choice),
    reasons: [
      domain ? "domain_claim_pending" : "domain_not_claimed",
      facts.project.passwordLogin ? "password_login_enabled" : "password_login_disabled",
      ...(social.length > 0 ? (["social_sign_in_available"] as const) : []),
    ],
  };
}

function choice(connection: { id: string; label: string }): ConnectionChoice {
  return { id: connection.id, label: connection.label };
}
