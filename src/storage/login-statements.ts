// The statements that logins send, each built once (reusable.ts). Placeholders bear the names of the columns they are
// compared with. What joins gives JSON, in which columns of equal names cannot be mixed up.

import { and, eq, getTableColumns, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { jsonArray, jsonRow } from "./json-row.ts";
import { fixed, given, ofProject, reusable, reusableRead } from "./reusable.ts";
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
const issuersOfEmail = sql`(SELECT json_group_array(${oidcCredentials.issuer}) FROM ${oidcCredentials} WHERE ${ofProject(
  oidcCredentials,
  eq(oidcCredentials.identityId, identityOfEmail),
  eq(oidcCredentials.organizationKey, given("organizationKey")),
)})`;
const issuersOfOrganization = sql`(SELECT json_group_array(${connections.issuerUrl}) FROM ${connections} WHERE ${ofProject(
  connections,
  eq(connections.organizationId, given("organizationKey")),
)})`;
const isSocial = [isNull(connections.organizationId), eq(connections.state, fixed("enabled"))];
const isConnection = ofProject(connections, eq(connections.id, given("connectionId")));

const CLAIM = { organizationId: organizationDomains.organizationId, state: organizationDomains.state };
const ORGANIZATION = {
  id: organizations.id,
  label: organizations.label,
  state: organizations.state,
  sessionLifespan: organizations.sessionLifespan,
};
const SETTINGS = {
  sessionLifespan: projects.sessionLifespan,
  passwordLogin: projects.passwordLogin,
  registration: projects.registration,
  revision: projects.revision,
};

/** How rows travel as JSON. */
export const AS_JSON = {
  connection: jsonRow(getTableColumns(connections)),
  organization: jsonRow(ORGANIZATION),
  settings: jsonRow(SETTINGS),
  identity: jsonRow(getTableColumns(identities)),
  claim: jsonRow(CLAIM),
};

const CONNECTION_WITH_OWNERS = sql<string>`${jsonArray([
  AS_JSON.connection.value,
  AS_JSON.organization.value,
  AS_JSON.claim.value,
])}`.as("facts");

/** Values: projectId, domain. */
export const domainOwner = reusable((db) => db.query.select(CLAIM).from(organizationDomains).where(isDomain));

/**
 * All that routing needs for an address, in one row: the domain's owner, its organization, that one's connections and those
 * that everybody may use, in no order, and the settings of the project. Values: projectId, domain.
 */
export const routingRead = reusable((db) => {
  const list = (...conditions: (SQL | undefined)[]) =>
    sql`(SELECT json_group_array(${AS_JSON.connection.value}) FROM ${connections} WHERE ${ofProject(connections, ...conditions)})`;
  return db.query
    .select({
      facts: sql<string>`${jsonArray([
        sql`(SELECT ${AS_JSON.claim.value} FROM ${organizationDomains} WHERE ${isDomain})`,
        sql`(SELECT ${AS_JSON.organization.value} FROM ${organizations} WHERE ${ofProject(organizations, eq(organizations.id, ownerOfDomain))})`,
        list(eq(connections.organizationId, ownerOfDomain)),
        list(...isSocial),
        sql`(SELECT ${AS_JSON.settings.value} FROM ${projects} WHERE ${eq(projects.id, given("projectId"))})`,
      ])}`.as("facts"),
    })
    .from(sql`(SELECT 1)`);
});

/** Values: projectId, organizationId. */
export const connectionsOfOrganization = reusable((db) =>
  connectionsWith(db, eq(connections.organizationId, given("organizationId"))),
);
/** Those that everybody may use. Values: projectId. */
export const socialConnections = reusable((db) => connectionsWith(db, ...isSocial));

/** Values: projectId, email. */
export const identityByEmail = reusable((db) => db.query.select().from(identities).where(hasEmail));
/** Values: projectId, email. */
export const passwordOfEmail = reusable((db) =>
  db.query
    .select({ hash: passwordCredentials.hash })
    .from(passwordCredentials)
    .where(ofProject(passwordCredentials, eq(passwordCredentials.identityId, identityOfEmail))),
);

/** Values: projectId, id, expiresAt. */
export const consumptionInsert = reusable((db) => consumptionOf(db));

/**
 * The same, and what the callback rests on for the one who consumes: connection, organization, settings of the project, as
 * `AS_JSON` has them or null. Values: projectId, id, expiresAt, connectionId, organizationId.
 */
export const consumption = reusable((db) =>
  consumptionOf(db).returning({
    ground: sql<string>`${jsonArray([
      sql`(SELECT ${AS_JSON.connection.value} FROM ${connections} WHERE ${isConnection})`,
      sql`(SELECT ${AS_JSON.organization.value} FROM ${organizations} WHERE ${ofProject(organizations, eq(organizations.id, given("organizationId")))})`,
      sql`(SELECT ${AS_JSON.settings.value} FROM ${projects} WHERE ${eq(projects.id, given("projectId"))})`,
    ])}`.as("ground"),
  }),
);

/**
 * Who an assertion could stand for, in one row: the identity of the credential and another one that has the address; of
 * somebody unknown, the issuers by which the owner of the address signs in to the organization and those of its connections;
 * the domain's owner. Values: projectId, organizationKey, issuer, subject, email, domain.
 */
export const linkingRead = reusable((db) => {
  const isNamed = ofProject(identities, eq(identities.id, oidcCredentials.identityId));
  const isNamesake = and(hasEmail, sql`${identities.id} IS NOT ${oidcCredentials.identityId}`);
  const ofUnknown = (issuers: SQL) => sql`CASE WHEN ${isNull(oidcCredentials.identityId)} THEN ${issuers} END`;
  return db.query
    .select({
      facts: sql<string>`${jsonArray([
        sql`(SELECT ${AS_JSON.identity.value} FROM ${identities} WHERE ${isNamed})`,
        sql`(SELECT ${AS_JSON.identity.value} FROM ${identities} WHERE ${isNamesake})`,
        ofUnknown(issuersOfEmail),
        ofUnknown(issuersOfOrganization),
        sql`(SELECT ${AS_JSON.claim.value} FROM ${organizationDomains} WHERE ${isDomain})`,
      ])}`.as("facts"),
    })
    .from(sql`(SELECT 1)`)
    .leftJoin(oidcCredentials, isCredential);
});

/**
 * A connection with its organization, and who owns the domain of a login hint: as `AS_JSON` has them, of nulls when there is
 * none. Values: projectId, connectionId, domain.
 */
export const startRead = reusableRead((db) =>
  db.query
    .select({ facts: CONNECTION_WITH_OWNERS })
    .from(connections)
    .leftJoin(
      organizations,
      and(eq(organizations.projectId, connections.projectId), eq(organizations.id, connections.organizationId)),
    )
    .leftJoin(organizationDomains, isDomain)
    .where(isConnection),
);

/** The same for an address: its domain, with each of its organization's connections, by id. Values: projectId, domain. */
export const domainStartRead = reusableRead((db) =>
  db.query
    .select({ facts: CONNECTION_WITH_OWNERS })
    .from(organizationDomains)
    .leftJoin(
      organizations,
      and(eq(organizations.projectId, organizationDomains.projectId), eq(organizations.id, organizationDomains.organizationId)),
    )
    .leftJoin(
      connections,
      and(
        eq(connections.projectId, organizationDomains.projectId),
        eq(connections.organizationId, organizationDomains.organizationId),
      ),
    )
    .where(isDomain)
    .orderBy(connections.id),
);

function consumptionOf(db: Database) {
  return db.query
    .insert(consumedTransactions)
    .values({ projectId: given("projectId"), id: given("id"), expiresAt: given("expiresAt") });
}

function connectionsWith(db: Database, ...conditions: (SQL | undefined)[]) {
  return db.query
    .select()
    .from(connections)
    .where(ofProject(connections, ...conditions))
    .orderBy(connections.id);
}
