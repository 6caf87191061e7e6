// Session token templates of a project.

import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { SessionTokenTemplate } from "../domain/session-tokens/template.ts";
import type { Database, Write } from "./database.ts";
import { sessionTokenTemplates } from "./schema.ts";

/** The template of this name. One round trip. */
export async function findTemplate(db: Database, projectId: string, name: string): Promise<SessionTokenTemplate | undefined> {
  const [row] = await db.read(db.query.select().from(sessionTokenTemplates).where(isTemplate(projectId, name)));
  return row;
}

/** Up to `limit` templates by name. */
export async function listTemplates(db: Database, projectId: string, limit: number): Promise<SessionTokenTemplate[]> {
  return await db.read(
    db.query
      .select()
      .from(sessionTokenTemplates)
      .where(and(eq(sessionTokenTemplates.projectId, projectId), gt(sessionTokenTemplates.name, "")))
      .orderBy(asc(sessionTokenTemplates.name))
      .limit(limit),
  );
}

/**
 * True while the template was made when it was read to be, or is not there as it was not (`madeAt` undefined) and the project
 * has fewer than `most`: the guard of a commit that saves it.
 */
export function mayPutTemplate(
  projectId: string,
  name: string,
  { madeAt, most }: { madeAt: number | undefined; most: number },
): SQL {
  if (madeAt === undefined) {
    return sql`(NOT ${templateExists(projectId, name)} AND
      (SELECT count(*) FROM ${sessionTokenTemplates} WHERE project_id = ${projectId} AND name > '') < ${most})`;
  }
  return sql`EXISTS (SELECT 1 FROM ${sessionTokenTemplates} WHERE project_id = ${projectId} AND name = ${name} AND created_at = ${madeAt})`;
}

/** True while the template exists: the guard of its deletion. */
export function templateExists(projectId: string, name: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${sessionTokenTemplates} WHERE project_id = ${projectId} AND name = ${name})`;
}

/** The write that stores a template, in place of the one of its name. */
export function templatePut(db: Database, template: SessionTokenTemplate): Write {
  const { projectId: _p, name: _n, createdAt: _c, ...changes } = template;
  return db.query
    .insert(sessionTokenTemplates)
    .values(template)
    .onConflictDoUpdate({ target: [sessionTokenTemplates.projectId, sessionTokenTemplates.name], set: changes });
}

export function templateDelete(db: Database, projectId: string, name: string): Write {
  return db.query.delete(sessionTokenTemplates).where(isTemplate(projectId, name));
}

function isTemplate(projectId: string, name: string) {
  return and(eq(sessionTokenTemplates.projectId, projectId), eq(sessionTokenTemplates.name, name));
}
