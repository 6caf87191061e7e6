// What every page of this section is given around its own contents (src/http/console/page.ts).

import type { Connection } from "../../../../domain/connections/connection.ts";

export interface Around {
  csrf: string;
  /** Milliseconds. */
  now: number;
  baseUrl: string;
  /** `/console/projects/{id}` */
  path: string;
  may: { write: boolean };
}

/** A connection with the label of its organization. */
export type LabelledConnection = Connection & { organizationLabel: string | null };

/** Path of a connection's page, and of the pages below it. */
export function connectionPath({ path }: Pick<Around, "path">, { id }: Pick<Connection, "id">, below = ""): string {
  return `${path}/connections/${id}${below}`;
}

/** Path of a connection in the management API. */
export function apiPath({ projectId, id }: Pick<Connection, "projectId" | "id">, below = ""): string {
  return `/projects/${projectId}/connections/${id}${below}`;
}
