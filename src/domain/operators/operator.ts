// An operator's access to a project, and an invitation to it.

import type { OperatorRole } from "../projects/operator-access.ts";

/** What one operator, an identity of the console project, may do in one project. */
export interface Operator {
  projectId: string;
  /** The identity. */
  id: string;
  email: string | null;
  name: string | null;
  /** An inactive operator cannot sign in. */
  state: "active" | "inactive";
  role: OperatorRole;
  /** Since when, milliseconds. */
  createdAt: number;
}

/** Makes whoever has its link and signs in under the address an operator of the project, once. */
export interface Invitation {
  projectId: string;
  id: string;
  /** Canonical. */
  email: string;
  role: OperatorRole;
  createdAt: number;
  expiresAt: number;
}

/** Milliseconds. */
export const INVITATION_LIFESPAN_MS = 7 * 86_400_000;
