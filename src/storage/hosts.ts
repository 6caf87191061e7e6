// The project that a host name stands for, as D1's primary has it.

import { eq, inArray, type SQL } from "drizzle-orm";
import type { Project } from "../domain/projects/project.ts";
import type { Database } from "./database.ts";
import { toProject } from "./projects.ts";
import { projectHostnames, projects } from "./schema.ts";

/** The project with this slug or this own host name. One round trip. */
export async function findProjectByHost(
  db: Database,
  host: { slug: string } | { hostname: string },
): Promise<Project | undefined> {
  const owner =
    "slug" in host
      ? db.query.select({ id: projects.id }).from(projects).where(eq(projects.slug, host.slug))
      : db.query
          .select({ id: projectHostnames.projectId })
          .from(projectHostnames)
          .where(eq(projectHostnames.hostname, host.hostname));
  const isProject: SQL = "slug" in host ? eq(projects.slug, host.slug) : inArray(projects.id, owner);
  const [[row], hostnames] = await db.readAll([
    db.query.select().from(projects).where(isProject),
    db.query.select().from(projectHostnames).where(inArray(projectHostnames.projectId, owner)),
  ]);
  return row ? toProject(row, hostnames) : undefined;
}
