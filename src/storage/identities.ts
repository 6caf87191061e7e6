// Identities and what they sign in with.

import { and, asc, desc, eq, gt, gte, inArray, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Identity, IdentityCredentials } from "../domain/identities/identity.ts";
import type { PageRequest } from "../domain/page.ts";
import type { Database, Write } from "./database.ts";
import {
  identities,
  oidcCredentials,
  operatorAccess,
  organizationDomains,
  organizations,
  passwordCredentials,
} from "./schema.ts";
import { sessionsOfIdentityDelete } from "./sessions.ts";

/** Which identities a list holds; at most one filter. */
export type IdentityFilter = { organizationId: string } | { email: string } | { ids: readonly string[] } | undefined;

/** Sorts behind everything that begins with the text before it: the last code point there is. */
const LAST = "\u{10ffff}";

/** The identity with this id. One round trip. */
export async function findIdentity(db: Database, projectId: string, id: string): Promise<Identity | undefined> {
  const [row] = await db.read(db.query.select().from(identities).where(isIdentity(projectId, id)));
  return row;
}

/** The identity and what it signs in with. One round trip. */
export async function findIdentityWithCredentials(
  db: Database,
  projectId: string,
  id: string,
): Promise<{ identity: Identity; credentials: IdentityCredentials } | undefined> {
  const [[identity], [password], oidc] = await db.readAll([
    db.query.select().from(identities).where(isIdentity(projectId, id)),
    db.query
      .select({ createdAt: passwordCredentials.createdAt, updatedAt: passwordCredentials.updatedAt })
      .from(passwordCredentials)
      .where(and(eq(passwordCredentials.projectId, projectId), eq(passwordCredentials.identityId, id))),
    db.query
      .select({
        issuer: oidcCredentials.issuer,
        subject: oidcCredentials.subject,
        organizationId: oidcCredentials.organizationId,
        createdAt: oidcCredentials.createdAt,
      })
      .from(oidcCredentials)
      .where(and(eq(oidcCredentials.projectId, projectId), eq(oidcCredentials.identityId, id))),
  ]);
  return identity && { identity, credentials: { password: password ?? null, oidc } };
}

/** Identities in the order of their ids. One round trip; reads a page through the filter's index. */
export async function listIdentities(
  db: Database,
  projectId: string,
  filter: IdentityFilter,
  page: PageRequest,
): Promise<Identity[]> {
  return await db.read(
    db.query
      .select()
      .from(identities)
      .where(
        and(
          eq(identities.projectId, projectId),
          filterCondition(filter),
          page.after === undefined ? undefined : gt(identities.id, page.after),
        ),
      )
      .orderBy(asc(identities.id))
      .limit(page.limit),
  );
}

/** Identities in the order of their ids, from the newest back. One round trip. */
export async function listNewestIdentities(
  db: Database,
  projectId: string,
  page: { before: string | undefined; limit: number },
): Promise<Identity[]> {
  const older = page.before === undefined ? undefined : lt(identities.id, page.before);
  return await db.read(
    db.query
      .select()
      .from(identities)
      .where(and(eq(identities.projectId, projectId), older))
      .orderBy(desc(identities.id))
      .limit(page.limit),
  );
}

/**
 * Identities whose canonical address begins with the text, by address, after the address named. One round trip. Keys come
 * out of the index alone, rows by key (storage/organizations.ts).
 */
export async function listIdentitiesByEmail(
  db: Database,
  projectId: string,
  page: { prefix: string; after: string | undefined; limit: number },
): Promise<Identity[]> {
  const { prefix, after, limit } = page;
  const ids = db.query
    .select({ id: identities.id })
    .from(identities)
    .where(
      and(
        eq(identities.projectId, projectId),
        after === undefined ? gte(identities.email, prefix) : gt(identities.email, after),
        lte(identities.email, prefix + LAST),
      ),
    )
    .orderBy(asc(identities.email))
    .limit(limit);
  return await db.read(
    db.query
      .select()
      .from(identities)
      .where(and(eq(identities.projectId, projectId), inArray(identities.id, sql`(SELECT id FROM ${ids})`)))
      .orderBy(asc(identities.email)),
  );
}

/** Who actively owns a domain, and whether an organization is there: what the rules of a change ask. One round trip. */
export async function identityFacts(
  db: Database,
  projectId: string,
  domain: string | null,
  organizationId: string | null,
): Promise<{ domainOwner: string | null; organizationExists: boolean }> {
  const [[owner], [organization]] = await db.readAll([
    db.query
      .select({ organizationId: organizationDomains.organizationId })
      .from(organizationDomains)
      .where(
        and(
          eq(organizationDomains.projectId, projectId),
          eq(organizationDomains.domain, domain ?? ""),
          eq(organizationDomains.state, "active"),
        ),
      ),
    db.query
      .select({ id: organizations.id })
      .from(organizations)
      .where(and(eq(organizations.projectId, projectId), eq(organizations.id, organizationId ?? ""))),
  ]);
  return { domainOwner: owner?.organizationId ?? null, organizationExists: organization !== undefined };
}

/** True while the domain has the owner that was read: the guard of a change that rests on it. */
export function domainOwnerIs(projectId: string, domain: string | null, owner: string | null): SQL {
  return sql`(SELECT organization_id FROM ${organizationDomains} WHERE project_id = ${projectId} AND domain = ${domain} AND state = 'active') IS ${owner}`;
}

/** True while the identity is there: the guard of its deletion. */
export function identityExists(projectId: string, id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${identities} WHERE project_id = ${projectId} AND id = ${id})`;
}

/** True while the identity is as it was read and the domain has the owner that was read. */
export function identityStands({ projectId, id, revision }: Identity, domain: string | null, owner: string | null): SQL {
  return sql`EXISTS (SELECT 1 FROM ${identities} WHERE project_id = ${projectId} AND id = ${id} AND revision = ${revision}) AND ${domainOwnerIs(projectId, domain, owner)}`;
}

export function identityInsert(db: Database, identity: Identity): Write {
  return db.query.insert(identities).values(identity);
}

export function identityUpdate(db: Database, { projectId, id, createdAt: _, ...change }: Identity): Write {
  return db.query.update(identities).set(change).where(isIdentity(projectId, id));
}

/** Sets the password, whether or not there was one. */
export function passwordUpsert(db: Database, projectId: string, identityId: string, hash: string, now: number): Write {
  return db.query
    .insert(passwordCredentials)
    .values({ projectId, identityId, hash, createdAt: now, updatedAt: now })
    .onConflictDoUpdate({
      target: [passwordCredentials.projectId, passwordCredentials.identityId],
      set: { hash, updatedAt: now },
    });
}

/** Takes away everything an identity signs in with. */
export function credentialsDelete(db: Database, projectId: string, identityId: string): Write[] {
  return [
    db.query
      .delete(passwordCredentials)
      .where(and(eq(passwordCredentials.projectId, projectId), eq(passwordCredentials.identityId, identityId))),
    db.query
      .delete(oidcCredentials)
      .where(and(eq(oidcCredentials.projectId, projectId), eq(oidcCredentials.identityId, identityId))),
  ];
}

/** The writes that delete an identity with everything that is its own, children first. */
export function identityDelete(db: Database, projectId: string, id: string): Write[] {
  return [
    sessionsOfIdentityDelete(db, projectId, id),
    ...credentialsDelete(db, projectId, id),
    db.query
      .delete(operatorAccess)
      .where(and(eq(operatorAccess.operatorProjectId, projectId), eq(operatorAccess.operatorId, id))),
    db.query.delete(identities).where(isIdentity(projectId, id)),
  ];
}

function isIdentity(projectId: string, id: string) {
  return and(eq(identities.projectId, projectId), eq(identities.id, id));
}

function filterCondition(filter: IdentityFilter): SQL | undefined {
  if (filter === undefined) return undefined;
  if ("organizationId" in filter) return eq(identities.organizationId, filter.organizationId);
  if ("email" in filter) return eq(identities.email, filter.email);
  return sql`${identities.id} IN (SELECT value FROM json_each(${JSON.stringify(filter.ids)}))`;
}
