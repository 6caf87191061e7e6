// Sessions that wait for a native app to fetch them.

import { and, eq, type SQL, sql } from "drizzle-orm";
import type { SessionExchange } from "../domain/session-exchange/exchange.ts";
import type { Database, Write } from "./database.ts";
import { sessions, sessionTokenExchanges } from "./schema.ts";

/** The exchange of this return_to_code. One round trip. */
export async function findExchange(db: Database, projectId: string, id: string): Promise<SessionExchange | undefined> {
  const [row] = await db.read(db.query.select().from(sessionTokenExchanges).where(isExchange(projectId, id)));
  return row;
}

/** For the commit of the login. */
export function exchangeInsert(db: Database, exchange: SessionExchange): Write {
  return db.query.insert(sessionTokenExchanges).values(exchange);
}

/** True while the exchange has not been used and its session is there: the guard of the commit that uses it. */
export function exchangeWaits({ projectId, id, sessionId }: SessionExchange): SQL {
  return sql`EXISTS (SELECT 1 FROM ${sessionTokenExchanges} WHERE project_id = ${projectId} AND id = ${id})
    AND EXISTS (SELECT 1 FROM ${sessions} WHERE project_id = ${projectId} AND id = ${sessionId})`;
}

/** The writes that use an exchange up and give its session a token. */
export function exchangeUse(db: Database, { projectId, id, sessionId }: SessionExchange, tokenHash: string): Write[] {
  return [
    db.query.delete(sessionTokenExchanges).where(isExchange(projectId, id)),
    db.query
      .update(sessions)
      .set({ tokenHash })
      .where(and(eq(sessions.projectId, projectId), eq(sessions.id, sessionId))),
  ];
}

function isExchange(projectId: string, id: string) {
  return and(eq(sessionTokenExchanges.projectId, projectId), eq(sessionTokenExchanges.id, id));
}
