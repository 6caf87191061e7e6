// An organization: a group of identities inside one project, with e-mail domains and connections.

export interface Organization {
  projectId: string;
  id: string;
  label: string;
  state: "enabled" | "disabled";
  /** Overrides the project's when set. */
  sessionLifespan: string | null;
  /** Canonical names of the active domains, in the order given. */
  domains: string[];
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** How much hangs on an organization. Counted to `COUNTED` at most: beyond that, the number says "at least". */
export interface OrganizationCounts {
  connections: number;
  members: number;
  /** Sessions of its members, also those that have expired and are not swept yet. */
  sessions: number;
}

export const COUNTED = 1000;
