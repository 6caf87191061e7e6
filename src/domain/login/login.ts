// The words of the login room: what its service offers to the doors, and the ways a login can be refused.

import type { RefusalReason } from "../../protocols/connector.ts";
import type { Write } from "../../storage/database.ts";
import type { EmailAddress } from "../domains/email-address.ts";
import type { RequestContext } from "../events/event.ts";
import type { Identity } from "../identities/identity.ts";
import type { Project } from "../projects/project.ts";
import type { Session } from "../sessions/session.ts";
import type { AdmissionRefusal } from "./admission.ts";
import type { RoutingDecision } from "./routing.ts";
import type { TrialOffer, Tried } from "./trial.ts";

/** Refusals that arise before or around the IdP's answer. */
export type TransactionRefusal =
  | "transaction_missing" // no sealed transaction for this state in this browser (T3)
  | "transaction_expired"
  | "transaction_used"
  | "connection_mismatch" // callback of another connection than the transaction's (T7, T9)
  | "connection_not_found" // or of another project or organization than the link says (T16)
  | "no_organization_for_address"
  | "connection_changed"; // re-pointed or disabled while the person was away (T58)

export type CredentialRefusal =
  | "credentials_invalid" // unknown address, no password, or wrong password: never told apart (T92)
  | "too_many_attempts"
  | "registration_disabled"
  | "password_login_disabled"
  | "email_taken"
  | "password_too_short"
  | "password_too_long"
  | "password_common"
  | "password_similar_to_email";

export type LoginRefusalReason = RefusalReason | AdmissionRefusal | TransactionRefusal | CredentialRefusal;

export interface LoginRefused {
  ok: false;
  reason: LoginRefusalReason;
  /** Id of the audit event or, when none was written, of the request. Its short form (`referenceOf`) is what a person reads out to support. */
  reference: string;
  /** Seconds, with `too_many_attempts`. */
  retryAfter?: number;
  /** How the address signs in, when a local door has just read it: what to offer next needs no second look. */
  routing?: RoutingDecision;
  /** Where "try again" should lead: the return target of the transaction, when it was known. */
  returnTo?: string;
}

export interface LoggedIn {
  ok: true;
  identity: Identity;
  session: Session;
  /** The session token. Goes to the client once and is stored only as a digest. */
  token: string;
  /** Validated return target, absolute URL. */
  returnTo: string;
  /** The login moved an existing account into the organization and removed its password: tell the person. */
  joinedOrganization?: { organizationId: string; label: string };
  /** The session is for an app: the browser brings it this code and gets no session itself. */
  returnToCode?: string;
}

export interface TransactionCookie {
  name: string;
  /** Sealed transaction. */
  value: string;
  /** Seconds. */
  maxAge: number;
}

/** The round trip has begun: set the cookie and send the browser. */
export type Started = { ok: true; location: URL; cookie: TransactionCookie } | { ok: true; moveTo: URL };

/** The link does not say which of several connections: let the person choose on the login page. */
export interface Choose {
  ok: true;
  choose: { organizationId: string | null };
}

/**
 * What an app demands of the proof that a person is there (OpenID Connect Core 1.0, section 3.1.2.1): a new one, or one that
 * was at most so many seconds old when it was asked for. The IdP has to assert `auth_time` then (T121).
 */
export interface ProofDemand {
  prompt?: "login" | undefined;
  /** Seconds. */
  maxAge?: number | undefined;
}

/** The session is for a native app that waits for it, and not for the browser (src/domain/session-exchange). */
export interface ForApp {
  exchange?: { ticket: string; initCodeHash: string } | undefined;
}

export interface StartLink extends ProofDemand, ForApp {
  target:
    | { by: "connection"; connectionId: string }
    | { by: "organization"; organizationId: string }
    | { by: "email"; address: EmailAddress }
    | { by: "issuer"; issuer: string };
  loginHint?: EmailAddress;
  returnTo: string;
  base: string;
}

export interface LoginService {
  /** How an address signs in, by D1's primary. One round trip. */
  route(project: Project, address: EmailAddress): Promise<RoutingDecision>;

  /** How people of one organization sign in, whatever their address; undefined when the project has no such organization. One round trip. */
  routeOrganization(project: Project, organizationId: string): Promise<RoutingDecision | undefined>;

  /** Social sign-in connections of the project (one D1 round trip; enabled, without organization), for the first step of a flow. */
  socialConnections(project: Project): Promise<{ id: string; label: string; provider: string }[]>;

  /**
   * Begins an SSO (or social) round trip: at most one D1 round trip, no write.
   * `loginHint` reaches the IdP only when its domain is one of the connection's organization (T15).
   */
  startSso(
    project: Project,
    request: ProofDemand &
      ForApp & {
        connectionId: string;
        /** When the link named an organization: the connection must be of it (T16). */
        organizationId?: string;
        loginHint?: EmailAddress;
        /** Validated with `returnTarget`. */
        returnTo: string;
        /** Where the request's doors stand (`doorsOf`). A connection whose callback is at another host of the project starts over there. */
        base: string;
      },
    context: RequestContext,
  ): Promise<Started | LoginRefused>;

  /** Begins from a link: by address, organization, connection or issuer (OpenID Connect Core, section 4). */
  startFromLink(project: Project, link: StartLink, context: RequestContext): Promise<Started | Choose | LoginRefused>;

  /** A link for one trial of a connection, enabled or not. @throws {DomainError} `not_found` */
  offerTrial(projectId: string, connectionId: string, context: RequestContext): Promise<TrialOffer>;

  /**
   * Begins the trial of a ticket, which is used up by it; ends it at once when the provider's metadata cannot be used.
   * @throws {DomainError} `trial_ticket_invalid`
   */
  startTrial(
    project: Project,
    ticket: string,
    context: RequestContext,
  ): Promise<{ ok: true; location: URL; cookie: TransactionCookie } | Tried>;

  /**
   * Ends the round trip: judges, consumes, redeems, admits, links, and commits one batch. At most three D1 round trips. The
   * round trip of a trial ends in its report.
   */
  finishSso(
    project: Project,
    request: {
      connectionId: string;
      organizationId: string | null;
      params: URLSearchParams;
      /** What the cookie of the transaction holds that the state names (`transactionCookieName`). */
      sealed: string | undefined;
      /** The session that the browser presented, if any: it ends with this login (T77). */
      previousToken?: string;
    },
    context: RequestContext,
  ): Promise<LoggedIn | LoginRefused | Tried>;

  /** Password login: at most two D1 round trips. An organization's address is refused before any password is looked at. */
  loginWithPassword(
    project: Project,
    request: { address: EmailAddress; password: string; returnTo: string; previousToken?: string },
    context: RequestContext,
  ): Promise<LoggedIn | LoginRefused>;

  /**
   * Registration with a password. Refused for an organization's address like any other door.
   *
   * An invitation opens it where registration is off, for the invited address: `request.invited` gives what the commit that
   * makes the identity has to store with it, or has to find.
   * @throws {ConstraintViolation} when what `invited` asks for does not hold, and nothing is stored
   */
  register(
    project: Project,
    request: {
      address: EmailAddress;
      name: string | undefined;
      password: string;
      returnTo: string;
      previousToken?: string;
      invited?: (identity: Identity) => { before: Write; after: readonly Write[] };
    },
    context: RequestContext,
  ): Promise<LoggedIn | LoginRefused>;
}
