// A trial: a whole round trip to an IdP that ends in a report instead of a session. The words of it; sso-trial.ts does it.

import type { Evidence } from "../../protocols/connector.ts";
import type { Connection } from "../connections/connection.ts";
import type { Actor } from "../events/event.ts";
import type { Linking } from "./linking.ts";
import type { LoginRefusalReason } from "./login.ts";

/** What makes a transaction a trial: who began it, for the audit event. Inside the seal, so nobody can add or remove it. */
export interface Trial {
  actor: Actor;
}

/** What a trial found out. It holds claim values: it goes to the browser that tried, and nowhere else. */
export interface TrialReport {
  connection: Pick<
    Connection,
    "projectId" | "id" | "label" | "issuerUrl" | "state" | "claimsSource" | "idTokenSignedResponseAlg" | "previousClientSecret"
  >;
  /** Where the connection is administered. */
  consoleUrl: string;
  /** Whether a login would have come through, and as what; or why not. */
  verdict:
    | { admitted: true; action: Exclude<Linking["action"], "refuse">; identityId: string | null }
    | { admitted: false; reason: LoginRefusalReason; detail?: string };
  /** What stands in the way of real logins, and not of a trial. */
  blockers: ("connection_disabled" | "organization_disabled")[];
  evidence: Evidence;
  /** Trait, the claim it is read from, and what was found; empty before there were verified claims. */
  mapping: { trait: string; claim: string; value: string | null }[];
  /** What the provider says about the address; undefined when nothing. */
  emailVerified: boolean | undefined;
  /** Id of the audit event. */
  reference: string;
}

/** The end of a trial. Nothing was stored but the audit event. */
export interface Tried {
  ok: true;
  trial: TrialReport;
}

/** A link that begins one trial. */
export interface TrialOffer {
  url: string;
  /** Milliseconds. */
  expiresAt: number;
}
