// The outbox of the KV domain index: which domains changed and have not been confirmed there yet. Its rows are written
// by the commit that changes a domain, a connection or an organization's state, after that commit's guard has counted
// `projects.index_revision` up.

import { type SQL, sql } from "drizzle-orm";
import type { Database, Write } from "./database.ts";
import { domainIndexOutbox, organizationDomains, projects } from "./schema.ts";

/** Marks the named domains as changed. */
export function outboxDomains(db: Database, projectId: string, domains: readonly string[], now: number): Write {
  return upsert(db, projectId, now, sql`SELECT value AS domain FROM json_each(${JSON.stringify(domains)})`);
}

/** Marks all domains of an organization as changed, as they are before the rest of the commit. */
export function outboxOrganization(db: Database, projectId: string, organizationId: string, now: number): Write {
  const owned = sql`SELECT domain FROM ${organizationDomains} WHERE project_id = ${projectId} AND organization_id = ${organizationId}`;
  return upsert(db, projectId, now, owned);
}

function upsert(db: Database, projectId: string, now: number, domains: SQL): Write {
  return db.query.run(sql`
    INSERT INTO ${domainIndexOutbox} (project_id, domain, revision, created_at)
    SELECT p.id, d.domain, p.index_revision, ${now} FROM (${domains}) AS d, ${projects} AS p WHERE p.id = ${projectId}
    ON CONFLICT (project_id, domain) DO UPDATE SET revision = excluded.revision`);
}
