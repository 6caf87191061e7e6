// Logos of projects, in a table of their own: resolving a host name never reads them.

import { eq } from "drizzle-orm";
import type { LogoType } from "../domain/projects/branding.ts";
import type { Database, Write } from "./database.ts";
import { projectLogos } from "./schema.ts";

export interface Logo {
  mediaType: LogoType;
  bytes: Uint8Array;
}

/** The logo of a project. One round trip. */
export async function findLogo(db: Database, projectId: string): Promise<Logo | undefined> {
  const [row] = await db.read(db.query.select().from(projectLogos).where(eq(projectLogos.projectId, projectId)));
  return row && { mediaType: row.mediaType, bytes: new Uint8Array(row.bytes) };
}

/** Sets the logo, whether or not there was one. */
export function logoUpsert(db: Database, projectId: string, { mediaType, bytes }: Logo, now: number): Write {
  const values = { mediaType, bytes: bytes as (typeof projectLogos.$inferInsert)["bytes"], updatedAt: now };
  return db.query
    .insert(projectLogos)
    .values({ projectId, ...values })
    .onConflictDoUpdate({ target: projectLogos.projectId, set: values });
}

export function logoDelete(db: Database, projectId: string): Write {
  return db.query.delete(projectLogos).where(eq(projectLogos.projectId, projectId));
}
