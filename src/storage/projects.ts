// Projects and their own host names.

import { and, asc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Project } from "../domain/projects/project.ts";
import type { Database, Write } from "./database.ts";
import {
  apiKeys,
  attemptCounters,
  clients,
  connections,
  consumedTransactions,
  domainIndexOutbox,
  events,
  identities,
  logoutNotices,
  oidcCredentials,
  operatorAccess,
  operatorInvitations,
  organizationDomains,
  organizations,
  passwordCredentials,
  projectHostnames,
  projectLogos,
  projects,
  providerArtifacts,
  sessions,
  sessionTokenExchanges,
  sessionTokenTemplates,
  signingKeys,
  subjectSalts,
} from "./schema.ts";

/** The project with this id. One round trip. */
export async function findProject(db: Database, projectId: string): Promise<Project | undefined> {
  const [[row], hostnames] = await db.readAll([
    db.query.select().from(projects).where(eq(projects.id, projectId)),
    db.query.select().from(projectHostnames).where(eq(projectHostnames.projectId, projectId)),
  ]);
  return row ? toProject(row, hostnames) : undefined;
}

/** The project with this slug. One round trip. */
export async function findProjectBySlug(db: Database, slug: string): Promise<Project | undefined> {
  const id = db.query.select({ id: projects.id }).from(projects).where(eq(projects.slug, slug));
  const [[row], hostnames] = await db.readAll([
    db.query.select().from(projects).where(eq(projects.slug, slug)),
    db.query.select().from(projectHostnames).where(inArray(projectHostnames.projectId, id)),
  ]);
  return row ? toProject(row, hostnames) : undefined;
}

/** Up to `limit` projects in the order of their creation, after the one named; only those of `among` when it is given. */
export async function listProjects(
  db: Database,
  page: { after: string | undefined; limit: number; among?: readonly string[] | undefined },
): Promise<Project[]> {
  const reached = page.among && sql`${projects.id} IN (SELECT value FROM json_each(${JSON.stringify(page.among)}))`;
  const within = and(page.after === undefined ? undefined : gt(projects.id, page.after), reached);
  const ids = db.query.select({ id: projects.id }).from(projects).where(within).orderBy(asc(projects.id)).limit(page.limit);
  const [rows, hostnames] = await db.readAll([
    db.query.select().from(projects).where(within).orderBy(asc(projects.id)).limit(page.limit),
    db.query.select().from(projectHostnames).where(inArray(projectHostnames.projectId, ids)),
  ]);
  const byProject = Map.groupBy(hostnames, (h) => h.projectId);
  return rows.map((row) => toProject(row, byProject.get(row.id) ?? []));
}

/** True while the project exists: the guard of a commit inside it. */
export function projectExists(projectId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${projects} WHERE id = ${projectId})`;
}

/** Those of `hostnames` that another project answers on. For the answer to a refused commit. */
export async function hostnamesOfOthers(db: Database, projectId: string, hostnames: readonly string[]): Promise<string[]> {
  const rows = await db.read(
    db.query
      .select()
      .from(projectHostnames)
      .where(sql`${projectHostnames.hostname} IN (SELECT value FROM json_each(${JSON.stringify(hostnames)}))`),
  );
  return rows.filter((row) => row.projectId !== projectId).map((row) => row.hostname);
}

/** The writes that store a new project. A taken slug or host name breaks its unique index. */
export function projectInsert(db: Database, project: Project): Write[] {
  return [
    db.query.insert(projects).values({
      id: project.id,
      slug: project.slug,
      name: project.name,
      allowedReturnUrls: project.allowedReturnUrls,
      sessionLifespan: project.sessionLifespan,
      passwordLogin: project.passwordLogin,
      registration: project.registration,
      accentColor: project.accentColor,
      indexRevision: 0,
      place: project.place,
      moving: project.moving,
      revision: project.revision,
      createdAt: project.createdAt,
      updatedAt: project.updatedAt,
    }),
    ...hostnamesInsert(db, project),
  ];
}

/**
 * The writes that store a changed project whose `revision` is one more than the row's. When another edit came first, the
 * row's revision becomes NULL, which its column refuses (`projects.revision`), and nothing of the commit is stored.
 */
export function projectUpdate(db: Database, project: Project): Write[] {
  return [
    db.query
      .update(projects)
      .set({
        name: project.name,
        allowedReturnUrls: project.allowedReturnUrls,
        sessionLifespan: project.sessionLifespan,
        passwordLogin: project.passwordLogin,
        registration: project.registration,
        accentColor: project.accentColor,
        logoDigest: project.logoDigest,
        revision: sql`CASE WHEN revision = ${project.revision - 1} THEN revision + 1 ELSE NULL END`,
        updatedAt: project.updatedAt,
      })
      .where(eq(projects.id, project.id)),
    db.query.delete(projectHostnames).where(eq(projectHostnames.projectId, project.id)),
    ...hostnamesInsert(db, project),
  ];
}

/** The writes that remove a project and everything in it, in the order its foreign keys ask for. */
export function projectDelete(db: Database, projectId: string): Write[] {
  const inProject = [
    sessions,
    oidcCredentials,
    passwordCredentials,
    operatorAccess,
    operatorInvitations,
    projectLogos,
    identities,
    connections,
    organizationDomains,
    organizations,
    apiKeys,
    consumedTransactions,
    attemptCounters,
    domainIndexOutbox,
    signingKeys,
    clients,
    sessionTokenTemplates,
    sessionTokenExchanges,
    providerArtifacts,
    subjectSalts,
    logoutNotices,
    events,
    projectHostnames,
  ];
  return [
    ...inProject.map((table) => db.query.delete(table).where(eq(table.projectId, projectId))),
    db.query.delete(projects).where(eq(projects.id, projectId)),
  ];
}

/** The noun of a row and its host names. */
export function toProject(
  row: typeof projects.$inferSelect,
  hostnames: readonly { hostname: string; position: number }[],
): Project {
  const { indexRevision: _, ...rest } = row;
  const ordered = [...hostnames].sort((a, b) => a.position - b.position);
  return { ...rest, hostnames: ordered.map((h) => h.hostname) };
}

function hostnamesInsert(db: Database, project: Project): Write[] {
  if (project.hostnames.length === 0) return [];
  return [
    db.query
      .insert(projectHostnames)
      .values(project.hostnames.map((hostname, position) => ({ projectId: project.id, hostname, position }))),
  ];
}
