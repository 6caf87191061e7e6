// One request to the OpenID Provider: what the door knows when it hands the request to the library, and what the library's
// hooks leave for the door. It travels in an AsyncLocalStorage, because the library's hooks have no other way to it.

import type { SigningAlg } from "../../crypto/signing.ts";
import type { RequestContext } from "../../domain/events/event.ts";
import type { Project } from "../../domain/projects/project.ts";
import type { Artifact, ArtifactKind } from "../../domain/provider/artifact.ts";
import type { ClaimsSource } from "../../domain/provider/claims.ts";
import type { GrantOf } from "../../domain/provider/service.ts";
import type { Services } from "../../services.ts";

export interface ProviderRequest {
  services: Services;
  project: Project;
  context: RequestContext;
  /** The endpoint is one where apps prove who they are. */
  provesClient: boolean;
  /** Algorithms that the project has keys of. */
  algs: readonly SigningAlg[];
  /** Session that may be used: the browser's at the authorization endpoint, the token's everywhere else. */
  session: ClaimsSource | undefined;
  /** The interrupted authorization request that this browser comes back to. */
  resumed: Resumed | undefined;
  /** An authorization request that has to wait for the person, to be kept in the browser. */
  suspended: { uid: string; payload: Record<string, unknown> } | undefined;
  /** The interrupted request has been taken up and will not be again. */
  finished: boolean;
  /** Saves the grant that a code of this request hangs on. */
  saveGrant: (() => Promise<unknown>) | undefined;
  /** What is given out by this request: kept in one commit after the library has finished, before anything is answered. */
  issued: Artifact[];
  /** Grants that were read along with what hangs on them, by id; null when they are gone. */
  grants: Map<string, Artifact | null>;
  /** The app and grant that tokens of a session belong to, by session id, as read in this request. */
  bound: Map<string, { clientId: string; grantId: string }>;
  /** The code or refresh token that was presented. */
  presented: (GrantOf & { kind: ArtifactKind }) | undefined;
  /** What stopped the library, when that was no OAuth error. */
  failure: unknown;
  /** An OAuth error that is to be shown here, because there is nowhere to send it. */
  error: { error: string; description: string | undefined } | undefined;
  /** A logout request whose client, hint and return address the library has checked. */
  logout: LogoutRequest | undefined;
  /** An app needs a key of this algorithm, which the project does not have yet. */
  missingAlg: SigningAlg | undefined;
}

export interface Resumed {
  uid: string;
  payload: Record<string, unknown>;
  /** Why the person was sent away. */
  reasons: string[];
  /** Milliseconds. */
  suspendedAt: number;
  /** The person has signed in since: the session is another one, and was made after that. */
  signedInSince: boolean;
}

export interface LogoutRequest {
  /** Display name of the app that asks, if it said who it is. */
  clientName: string | undefined;
  /** Registered address, with `state`; undefined when there is none that may be followed. */
  returnTo: string | undefined;
  /** Session and subject of a genuine ID token of ours; undefined without one. */
  hint: { sessionId: string; subject: string } | undefined;
}

export function newProviderRequest(
  known: Pick<ProviderRequest, "services" | "project" | "context" | "provesClient" | "algs" | "session" | "resumed">,
): ProviderRequest {
  return {
    ...known,
    suspended: undefined,
    finished: false,
    saveGrant: undefined,
    issued: [],
    grants: new Map(),
    bound: new Map(),
    presented: undefined,
    failure: undefined,
    error: undefined,
    logout: undefined,
    missingAlg: undefined,
  };
}
