// Which step a flow shows: nothing known yet, or the door of the address by a routing decision just made.

import type { ConnectionChoice, RoutingDecision } from "../login/routing.ts";
import { type FlowMessage, NO_LOCAL_METHOD, NO_SSO_PROVIDER } from "./messages.ts";

export type Step =
  /** Type an address, or use a social connection. */
  | { step: "identify"; social: ConnectionChoice[]; password: boolean }
  /** Only these connections. */
  | { step: "sso"; organizationId: string; connections: ConnectionChoice[] }
  /** The organization of the address has no usable connection: no door at all. */
  | { step: "blocked"; organizationId: string }
  /** Password, social connections, or both. */
  | { step: "local"; password: boolean; social: ConnectionChoice[] };

/** The step that follows from routing. `password` is whether this kind of flow takes passwords at all. */
export function stepOf(decision: RoutingDecision, password: boolean): Step {
  switch (decision.decision) {
    case "sso":
      return { step: "sso", organizationId: decision.organizationId, connections: decision.connections };
    case "blocked":
      return { step: "blocked", organizationId: decision.organizationId };
    case "local":
      return { step: "local", password: decision.password && password, social: decision.connections };
  }
}

/** What a step says by itself, before anything was submitted to it. */
export function stepMessages(step: Step): FlowMessage[] {
  if (step.step === "blocked") return [NO_SSO_PROVIDER];
  if (step.step === "local" && !step.password && step.social.length === 0) return [NO_LOCAL_METHOD];
  return [];
}
