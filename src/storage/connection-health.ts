// What logins leave on a connection's row: when it last worked, when it last failed, where its secret goes, and which secret
// works. None of it counts a revision up: nothing that an operator has set changes.

import { and, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { Connection } from "../domain/connections/connection.ts";
import type { Database, Write } from "./database.ts";
import { reusable } from "./reusable.ts";
import { connections } from "./schema.ts";

type Of = Pick<Connection, "projectId" | "id">;

/** A login came through. Writes nothing when one at or after `notSince` (milliseconds) is recorded. */
export function succeededUpdate(db: Database, of: Of, now: number, notSince: number): Write {
  return successNoted(db, { projectId: of.projectId, id: of.id, now, notSince });
}

/** A login failed for a reason that says something about the connection. */
export function failedUpdate(db: Database, of: Of, failure: { at: number; reason: string; eventId: string }): Write {
  return db.query
    .update(connections)
    .set({ lastFailedAt: failure.at, lastFailureReason: failure.reason, lastFailureEventId: failure.eventId })
    .where(isConnection(of));
}

/** Forgets the secret before the rotation, if both are still the ones that the login was begun with. */
export function previousSecretForget(db: Database, read: Connection): Write {
  return db.query
    .update(connections)
    .set({ previousClientSecret: null })
    .where(
      and(
        isConnection(read),
        eq(connections.clientSecret, read.clientSecret ?? ""),
        eq(connections.previousClientSecret, read.previousClientSecret ?? ""),
      ),
    );
}

/** Remembers where the client secret went at the first success; later answers must name the same origin (T35). */
export function tokenEndpointPin(db: Database, read: Connection, tokenEndpoint: string): Write {
  return db.query
    .update(connections)
    .set({ pinnedTokenEndpoint: tokenEndpoint })
    .where(and(isConnection(read), eq(connections.trustRevision, read.trustRevision), isNull(connections.pinnedTokenEndpoint)));
}

const successNoted = reusable((db) =>
  db.query
    .update(connections)
    .set({ lastSucceededAt: sql`${sql.placeholder("now")}` })
    .where(
      and(
        eq(connections.projectId, sql.placeholder("projectId")),
        eq(connections.id, sql.placeholder("id")),
        or(isNull(connections.lastSucceededAt), lte(connections.lastSucceededAt, sql.placeholder("notSince"))),
      ),
    ),
);

function isConnection({ projectId, id }: Of) {
  return and(eq(connections.projectId, projectId), eq(connections.id, id));
}
