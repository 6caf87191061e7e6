// A flow: one attempt to log in or register, as a person or a client sees it. It lives nowhere but in its own sealed id
// (seal.ts), so an anonymous visitor writes nothing. What a person has typed so far is its progress.

import type { ProofDemand } from "../login/login.ts";
import type { FlowMessage } from "./messages.ts";

export type FlowKind = "login" | "registration";

export interface Flow {
  /** UUID inside the sealed id; CSRF tokens and progress are bound to it. */
  uuid: string;
  kind: FlowKind;
  /** `browser` flows belong to one browser and carry a CSRF token; `api` flows belong to programs without cookies. */
  type: "browser" | "api";
  issuedAt: number;
  expiresAt: number;
  /** Validated return target as asked for; null means the project's `/`. */
  returnTo: string | null;
  /** The organization this flow is pinned to: only its connections are offered. */
  organizationId: string | null;
  /** What an app demands of the proof that the person is there. */
  demand?: ProofDemand | undefined;
  /** Digest of the init_code of an app that wants to fetch its session (src/domain/session-exchange). */
  initCodeHash?: string | undefined;
  /** Digest of the browser's CSRF cookie, for `browser` flows. */
  browser: string | null;
}

/** What changes between the steps of one flow. */
export interface FlowProgress {
  /** As typed. */
  identifier?: string;
  /** As typed, for registration. */
  name?: string;
  /** The method that was tried last. */
  active?: FlowMethod;
  messages: FlowMessage[];
}

export type FlowMethod = "identifier_first" | "profile" | "password" | "oidc";

/** Milliseconds. */
export const FLOW_LIFESPAN_MS = 60 * 60 * 1000;

/** Nothing typed, nothing to say. */
export const NO_PROGRESS: FlowProgress = Object.freeze({ messages: [] });

/** Whether the flow can still be continued. */
export function isExpired(flow: Flow, now: number): boolean {
  return now >= flow.expiresAt;
}
