// What operators may do: which identity of the console project reaches which project, in what role.

import { and, eq } from "drizzle-orm";
import type { OperatorRole } from "../domain/projects/operator-access.ts";
import type { Database } from "./database.ts";
import { operatorAccess } from "./schema.ts";

/** Every grant of one operator. One round trip. */
export async function listOperatorGrants(
  db: Database,
  operatorProjectId: string,
  operatorId: string,
): Promise<{ projectId: string; role: OperatorRole }[]> {
  return await db.read(
    db.query
      .select({ projectId: operatorAccess.projectId, role: operatorAccess.role })
      .from(operatorAccess)
      .where(and(eq(operatorAccess.operatorProjectId, operatorProjectId), eq(operatorAccess.operatorId, operatorId))),
  );
}
