// A project: one customer-facing login estate.

export interface Project {
  id: string;
  slug: string;
  name: string;
  hostnames: string[];
  allowedReturnUrls: string[];
  /** Duration such as `24h` (src/domain/duration.ts). */
  sessionLifespan: string;
  passwordLogin: boolean;
  registration: boolean;
  /** The colour of primary actions on its pages, `#rrggbb`, or null for Orgate's own. */
  accentColor: string | null;
  /** Digest of its logo, or null without one. Its address changes with it. */
  logoDigest: string | null;
  /** The database that holds its data (src/storage/placement.ts): 0 is the directory. */
  place: number;
  /** It is about to move to another one. */
  moving: boolean;
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** What a project says about its logins. */
export type LoginSettings = Pick<Project, "sessionLifespan" | "passwordLogin" | "registration" | "revision">;

/**
 * The settings that a login is decided by: those stored beside the data, unless the request already knows a later edit. In
 * a place other than the directory they are a copy, which may have missed one.
 */
export function latestSettings(stored: LoginSettings, known: LoginSettings): LoginSettings {
  return known.revision > stored.revision ? known : stored;
}
