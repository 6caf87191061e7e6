// What operators may do: which identity of the console project reaches which project, in what role. And the invitations
// that make new ones.

import { and, asc, eq, gt, lte, ne, or, type SQL, sql } from "drizzle-orm";
import type { Invitation, Operator } from "../domain/operators/operator.ts";
import type { OperatorRole } from "../domain/projects/operator-access.ts";
import { ConstraintViolation, type Database, type Write } from "./database.ts";
import {
  connections,
  identities,
  oidcCredentials,
  operatorAccess,
  operatorInvitations,
  organizationDomains,
  organizations,
  passwordCredentials,
  projects,
} from "./schema.ts";

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

/** Up to `limit` operators of a project in the order of their ids, after the one named. One round trip. */
export async function listOperators(
  db: Database,
  projectId: string,
  page: { after: string | undefined; limit: number; id?: string },
): Promise<Operator[]> {
  const rows = await db.read(
    db.query
      .select({
        projectId: operatorAccess.projectId,
        id: operatorAccess.operatorId,
        role: operatorAccess.role,
        createdAt: operatorAccess.createdAt,
        email: identities.email,
        state: identities.state,
        traits: identities.traits,
      })
      .from(operatorAccess)
      .innerJoin(
        identities,
        and(eq(identities.projectId, operatorAccess.operatorProjectId), eq(identities.id, operatorAccess.operatorId)),
      )
      .where(
        and(
          eq(operatorAccess.projectId, projectId),
          page.after === undefined ? undefined : gt(operatorAccess.operatorId, page.after),
          page.id === undefined ? undefined : eq(operatorAccess.operatorId, page.id),
        ),
      )
      .orderBy(asc(operatorAccess.operatorId))
      .limit(page.limit),
  );
  return rows.map(({ traits, ...row }) => ({ ...row, name: typeof traits["name"] === "string" ? traits["name"] : null }));
}

/** Whether an identity with this address is an operator of the project. One round trip. */
export async function isOperator(db: Database, projectId: string, homeId: string, email: string): Promise<boolean> {
  const [person] = await db.read(
    db.query
      .select({ id: identities.id })
      .from(identities)
      .innerJoin(operatorAccess, and(eq(operatorAccess.projectId, projectId), eq(operatorAccess.operatorId, identities.id)))
      .where(and(eq(identities.projectId, homeId), eq(identities.email, email))),
  );
  return person !== undefined;
}

const isGrant = (projectId: string, operatorId: string) =>
  and(eq(operatorAccess.projectId, projectId), eq(operatorAccess.operatorId, operatorId));

/** True while the operator has access in this role: the guard of a change of it. */
export function grantIs(projectId: string, operatorId: string, role: OperatorRole): SQL {
  return sql`EXISTS (SELECT 1 FROM ${operatorAccess} WHERE ${isGrant(projectId, operatorId)} AND role = ${role})`;
}

/**
 * A statement that breaks `projects.name NOT NULL`, and with it the commit, when the project is the console's and none of its
 * owners could sign in as things are then. Of any other project, or without an owner, it changes nothing.
 * @param of the operator that the commit is about: when that is no owner, it changes nothing either. One who `leaves` does
 *   not count
 */
export function ownerGuard(
  db: Database,
  projectId: string,
  consoleSlug: string,
  of?: { operatorId: string; leaves: boolean },
): Write {
  const others = of?.leaves ? sql` AND access.operator_id <> ${of.operatorId}` : sql``;
  const found = sql`EXISTS (SELECT 1 FROM ${operatorAccess} AS access
    JOIN ${identities} AS person ON person.project_id = access.operator_project_id AND person.id = access.operator_id
    LEFT JOIN ${organizationDomains} AS owned
      ON owned.project_id = person.project_id AND owned.domain = person.email_domain AND owned.state = 'active'
    WHERE access.project_id = ${projectId} AND access.role = 'owner'${others} AND person.state = 'active' AND person.email IS NOT NULL
      AND CASE WHEN owned.organization_id IS NULL THEN ${byThemselves} ELSE ${throughOrganization} END)`;
  const concerned = of
    ? grantIs(projectId, of.operatorId, "owner")
    : sql`EXISTS (SELECT 1 FROM ${operatorAccess} WHERE ${operatorAccess.projectId} = ${projectId} AND role = 'owner')`;
  return db.query.run(
    sql`UPDATE ${projects} SET name = CASE WHEN ${found} THEN name END WHERE id = ${projectId} AND slug = ${consoleSlug} AND ${concerned}`,
  );
}

/** Whether a commit was refused by `ownerGuard`. */
export function ownerGuardRefused(error: unknown): boolean {
  return error instanceof ConstraintViolation && error.kind === "check" && error.on.startsWith("projects.name");
}

/** With a password, or by a provider that is nobody's organization. */
const byThemselves = sql`(${projects.passwordLogin} = 1 AND EXISTS (SELECT 1 FROM ${passwordCredentials} AS password
  WHERE password.project_id = person.project_id AND password.identity_id = person.id)
  OR EXISTS (SELECT 1 FROM ${oidcCredentials} AS credential
    JOIN ${connections} AS connection ON connection.project_id = credential.project_id AND connection.issuer_url = credential.issuer
    WHERE credential.project_id = person.project_id AND credential.identity_id = person.id AND credential.organization_key = ''
      AND connection.organization_id IS NULL AND connection.state = 'enabled'))`;

/** By a connection of the organization that owns the domain of their address. */
const throughOrganization = sql`(coalesce(person.organization_id, owned.organization_id) = owned.organization_id
  AND EXISTS (SELECT 1 FROM ${organizations} AS organization WHERE organization.project_id = owned.project_id
    AND organization.id = owned.organization_id AND organization.state = 'enabled')
  AND EXISTS (SELECT 1 FROM ${connections} AS connection WHERE connection.project_id = owned.project_id
    AND connection.organization_id = owned.organization_id AND connection.state = 'enabled'))`;

export function grantUpdate(db: Database, projectId: string, operatorId: string, role: OperatorRole): Write {
  return db.query.update(operatorAccess).set({ role }).where(isGrant(projectId, operatorId));
}

export function grantDelete(db: Database, projectId: string, operatorId: string): Write {
  return db.query.delete(operatorAccess).where(isGrant(projectId, operatorId));
}

/** Gives access in a role. Who has access already keeps the higher of the two roles. */
export function grantInsert(
  db: Database,
  grant: { projectId: string; operatorProjectId: string; operatorId: string; role: OperatorRole; createdAt: number },
): Write {
  const rises = or(
    sql`excluded.role = 'owner'`,
    and(sql`excluded.role = 'editor'`, sql`${operatorAccess.role} = 'viewer'`),
  ) as SQL;
  return db.query
    .insert(operatorAccess)
    .values(grant)
    .onConflictDoUpdate({
      target: [operatorAccess.projectId, operatorAccess.operatorId],
      set: { role: grant.role },
      setWhere: rises,
    });
}

/** Up to `limit` invitations of a project in the order of their making, after the one named, that have not expired. */
export async function listInvitations(
  db: Database,
  projectId: string,
  page: { after: string | undefined; limit: number },
  now: number,
): Promise<Invitation[]> {
  return await db.read(
    db.query
      .select(INVITATION)
      .from(operatorInvitations)
      .where(
        and(
          eq(operatorInvitations.projectId, projectId),
          gt(operatorInvitations.expiresAt, now),
          page.after === undefined ? undefined : gt(operatorInvitations.id, page.after),
        ),
      )
      .orderBy(asc(operatorInvitations.id))
      .limit(page.limit),
  );
}

const INVITATION = {
  projectId: operatorInvitations.projectId,
  id: operatorInvitations.id,
  email: operatorInvitations.email,
  role: operatorInvitations.role,
  createdAt: operatorInvitations.createdAt,
  expiresAt: operatorInvitations.expiresAt,
};

const isInvitation = (projectId: string, id: string) =>
  and(eq(operatorInvitations.projectId, projectId), eq(operatorInvitations.id, id));

/** An invitation of a project; with `tokenHash`, only when that is its secret's. One round trip. */
export async function findInvitation(
  db: Database,
  projectId: string,
  id: string,
  tokenHash?: string,
): Promise<{ invitation: Invitation; projectName: string } | undefined> {
  const [row] = await db.read(
    db.query
      .select({ ...INVITATION, projectName: projects.name })
      .from(operatorInvitations)
      .innerJoin(projects, eq(projects.id, operatorInvitations.projectId))
      .where(
        and(isInvitation(projectId, id), tokenHash === undefined ? undefined : eq(operatorInvitations.tokenHash, tokenHash)),
      ),
  );
  if (!row) return undefined;
  const { projectName, ...invitation } = row;
  return { invitation, projectName };
}

/** Stores an invitation in the place of earlier ones of the same address, and forgets those of the project that have expired. */
export function invitationInsert(db: Database, invitation: Invitation, tokenHash: string): Write[] {
  const { projectId, id, email, createdAt } = invitation;
  return [
    db.query
      .delete(operatorInvitations)
      .where(
        and(
          eq(operatorInvitations.projectId, projectId),
          ne(operatorInvitations.id, id),
          or(eq(operatorInvitations.email, email), lte(operatorInvitations.expiresAt, createdAt)),
        ),
      ),
    db.query.insert(operatorInvitations).values({ ...invitation, tokenHash }),
  ];
}

export function invitationDelete(db: Database, projectId: string, id: string): Write {
  return db.query.delete(operatorInvitations).where(isInvitation(projectId, id));
}

/**
 * True while the invitation can be used (and `person` is true): the guard of its acceptance, so that of any number of them
 * one succeeds.
 */
export function invitationStands(projectId: string, id: string, now: number, person?: SQL): SQL {
  const stands = sql`EXISTS (SELECT 1 FROM ${operatorInvitations} WHERE ${isInvitation(projectId, id)} AND expires_at > ${now})`;
  return person ? sql`${stands} AND ${person}` : stands;
}

/** Whether an address has an account at the operators' project, and which organization actively owns its domain there. */
export async function waysOf(
  db: Database,
  homeId: string,
  email: string,
  domain: string,
): Promise<{ account: boolean; owner: string | null }> {
  const [people, [owner]] = await db.readAll([
    db.query
      .select({ id: identities.id })
      .from(identities)
      .where(and(eq(identities.projectId, homeId), eq(identities.email, email))),
    db.query
      .select({ organizationId: organizationDomains.organizationId })
      .from(organizationDomains)
      .where(
        and(
          eq(organizationDomains.projectId, homeId),
          eq(organizationDomains.domain, domain),
          eq(organizationDomains.state, "active"),
        ),
      ),
  ]);
  return { account: people.length > 0, owner: owner?.organizationId ?? null };
}

/** True while the identity is an active one under the address: the guard of an acceptance by somebody who is signed in. */
export function isPerson(homeId: string, identityId: string, email: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${identities} WHERE project_id = ${homeId} AND id = ${identityId} AND email = ${email} AND state = 'active')`;
}
