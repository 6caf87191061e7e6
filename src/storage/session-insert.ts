// The session's own insert, with the conditions under which it was granted, so that its batch stands or falls with them.

import { eq, type SQL, sql } from "drizzle-orm";
import type { Session } from "../domain/sessions/session.ts";
import type { Database, Write } from "./database.ts";
import { fixed, given, ofProject, placeholders, reusable } from "./reusable.ts";
import { connections, identities, organizationDomains, organizations, sessions } from "./schema.ts";

/**
 * The session, only if what it rests on is still so when the batch commits. When it is not, the NOT NULL of token_hash
 * fails and the whole batch is undone: no identity, link or event is left behind (T58). The violation is reported as
 * `check` on `sessions.token_hash`.
 *
 * An SSO session needs its connection and organization enabled, unchanged, and the owner of the address's domain; a local
 * session needs that no organization owns it, and a social one its connection besides.
 */
export function sessionInsert(db: Database, session: Session, tokenHash: string, emailDomain: string | null): Write {
  const local = session.connectionId === null ? localInsert : socialInsert;
  const insert = session.organizationId === null ? local : organizationInsert;
  return insert(db, { ...session, tokenHash, emailDomain: emailDomain ?? "" });
}

/** The identity as the batch leaves it: active, and in the session's organization (an update that lost a race fails here). */
const isPerson = ofProject(
  identities,
  eq(identities.id, given("identityId")),
  eq(identities.state, fixed("active")),
  sql`${identities.organizationId} IS ${given("organizationId")}`,
);
const isConnection = ofProject(
  connections,
  eq(connections.id, given("connectionId")),
  eq(connections.state, fixed("enabled")),
  eq(connections.trustRevision, given("connectionTrustRevision")),
);
const isOrganization = ofProject(
  organizations,
  eq(organizations.id, given("organizationId")),
  eq(organizations.state, fixed("enabled")),
);
const isClaimed = [eq(organizationDomains.domain, given("emailDomain")), eq(organizationDomains.state, fixed("active"))];

const person = sql`EXISTS (SELECT 1 FROM ${identities} WHERE ${isPerson})`;
const connection = sql`EXISTS (SELECT 1 FROM ${connections} WHERE ${isConnection})`;
const organization = sql`EXISTS (SELECT 1 FROM ${organizations} WHERE ${isOrganization})`;
const unclaimed = sql`NOT EXISTS (SELECT 1 FROM ${organizationDomains} WHERE ${ofProject(organizationDomains, ...isClaimed)})`;
const claimedByIt = sql`EXISTS (SELECT 1 FROM ${organizationDomains} WHERE ${ofProject(
  organizationDomains,
  ...isClaimed,
  eq(organizationDomains.organizationId, given("organizationId")),
)})`;

const localInsert = insertOn(sql`${person} AND ${unclaimed}`);
const socialInsert = insertOn(sql`${person} AND ${unclaimed} AND ${connection}`);
const organizationInsert = insertOn(sql`${person} AND ${connection} AND ${organization} AND ${claimedByIt}`);

function insertOn(ground: SQL) {
  return reusable((db) => {
    const tokenHash = sql<string>`CASE WHEN ${ground} THEN ${given("tokenHash")} END`;
    return db.query.insert(sessions).values({ ...placeholders(sessions), tokenHash });
  });
}
