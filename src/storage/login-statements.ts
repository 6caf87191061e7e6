// The statements that logins send, each built once (reusable.ts). Placeholders bear the names of the columns they are
// compared with. Nothing here joins but `startRead`, which is sent alone.

import { and, eq, getTableColumns, isNull, type Placeholder, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { given, ofProject, reusable, reusableRead } from "./reusable.ts";
import {
  connections,
  consumedTransactions,
  identities,
  oidcCredentials,
  organizationDomains,
  organizations,
  passwordCredentials,
  projects,
} from "./schema.ts";

const isDomain = ofProject(organizationDomains, eq(organizationDomains.domain, given("domain")));
const ownerOfDomain = sql`(SELECT ${organizationDomains.organizationId} FROM ${organizationDomains} WHERE ${isDomain})`;
const hasEmail = ofProject(identities, eq(identities.email, given("email")));
const identityOfEmail = sql`(SELECT ${identities.id} FROM ${identities} WHERE ${hasEmail})`;
const isCredential = ofProject(
  oidcCredentials,
  eq(oidcCredentials.organizationKey, given("organizationKey")),
  eq(oidcCredentials.issuer, given("issuer")),
  eq(oidcCredentials.subject, given("subject")),
);
const identityOfCredential = sql`(SELECT ${oidcCredentials.identityId} FROM ${oidcCredentials} WHERE ${isCredential})`;
const isConnection = ofProject(connections, eq(connections.id, given("connectionId")));

const CLAIM = { organizationId: organizationDomains.organizationId, state: organizationDomains.state };
const ORGANIZATION = {
  id: organizations.id,
  label: organizations.label,
  state: organizations.state,
  sessionLifespan: organizations.sessionLifespan,
};

/** Values: projectId, domain. */
export const domainOwner = reusable((db) => db.query.select(CLAIM).from(organizationDomains).where(isDomain));

/** Values: projectId, domain. */
export const organizationOfDomain = reusable((db) => organizationWith(db, ownerOfDomain));
/** Values: projectId, organizationId. */
export const organizationById = reusable((db) => organizationWith(db, given("organizationId")));

/** Values: projectId, domain. */
export const connectionsOfDomain = reusable((db) => connectionsWith(db, eq(connections.organizationId, ownerOfDomain)));
/** Values: projectId, organizationId. */
export const connectionsOfOrganization = reusable((db) =>
  connectionsWith(db, eq(connections.organizationId, given("organizationId"))),
);
/** Those that everybody may use. Values: projectId. */
export const socialConnections = reusable((db) =>
  connectionsWith(db, isNull(connections.organizationId), eq(connections.state, "enabled")),
);
/** Values: projectId, connectionId. */
export const connectionById = reusable((db) => db.query.select().from(connections).where(isConnection));
/** Issuers of an organization's connections. Values: projectId, organizationId. */
export const issuersOfOrganization = reusable((db) =>
  db.query
    .select({ issuerUrl: connections.issuerUrl })
    .from(connections)
    .where(ofProject(connections, eq(connections.organizationId, given("organizationId")))),
);

/** Values: projectId. */
export const projectSettings = reusable((db) =>
  db.query
    .select({
      sessionLifespan: projects.sessionLifespan,
      passwordLogin: projects.passwordLogin,
      registration: projects.registration,
      revision: projects.revision,
    })
    .from(projects)
    .where(eq(projects.id, given("projectId"))),
);

/** Values: projectId, email. */
export const identityByEmail = reusable((db) => db.query.select().from(identities).where(hasEmail));
/** Values: projectId, organizationKey, issuer, subject. */
export const identityByCredential = reusable((db) =>
  db.query
    .select()
    .from(identities)
    .where(ofProject(identities, eq(identities.id, identityOfCredential))),
);
/** Issuers by which the owner of an address signs in to one organization. Values: projectId, email, organizationKey. */
export const issuersOfEmail = reusable((db) =>
  db.query
    .select({ issuer: oidcCredentials.issuer })
    .from(oidcCredentials)
    .where(
      ofProject(
        oidcCredentials,
        eq(oidcCredentials.identityId, identityOfEmail),
        eq(oidcCredentials.organizationKey, given("organizationKey")),
      ),
    ),
);
/** Values: projectId, email. */
export const passwordOfEmail = reusable((db) =>
  db.query
    .select({ hash: passwordCredentials.hash })
    .from(passwordCredentials)
    .where(ofProject(passwordCredentials, eq(passwordCredentials.identityId, identityOfEmail))),
);

/** Values: projectId, id, expiresAt. */
export const consumptionInsert = reusable((db) =>
  db.query.insert(consumedTransactions).values({ projectId: given("projectId"), id: given("id"), expiresAt: given("expiresAt") }),
);

/** A connection with its organization, and who owns the domain of a login hint. Values: projectId, connectionId, domain. */
export const startRead = reusableRead((db) =>
  db.query
    .select({ connection: getTableColumns(connections), organization: ORGANIZATION, hintDomain: CLAIM })
    .from(connections)
    .leftJoin(
      organizations,
      and(eq(organizations.projectId, connections.projectId), eq(organizations.id, connections.organizationId)),
    )
    .leftJoin(organizationDomains, isDomain)
    .where(isConnection),
);

function organizationWith(db: Database, id: SQL | Placeholder) {
  return db.query
    .select(ORGANIZATION)
    .from(organizations)
    .where(ofProject(organizations, eq(organizations.id, id)));
}

function connectionsWith(db: Database, ...conditions: (SQL | undefined)[]) {
  return db.query
    .select()
    .from(connections)
    .where(ofProject(connections, ...conditions))
    .orderBy(connections.id);
}
