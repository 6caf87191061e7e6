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
  revision: number;
  createdAt: number;
  updatedAt: number;
}
