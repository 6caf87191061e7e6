// Organizations: read, create, change, delete. Every change is one commit with its audit event and the outbox rows of
// the KV domain index, which is brought up to date after the answer.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { type Database, violatesUnique } from "../../storage/database.ts";
import { outboxDomains, outboxOrganization } from "../../storage/domain-outbox.ts";
import { eventInsert } from "../../storage/events.ts";
import { guard, guardRefused } from "../../storage/guard.ts";
import { searchOrganizations } from "../../storage/organization-list.ts";
import {
  countOrganization,
  domainsOfOthers,
  findOrganization,
  listOrganizations,
  organizationDelete,
  organizationInsert,
  organizationIs,
  organizationLabels,
  organizationUpdate,
} from "../../storage/organizations.ts";
import { projectExists } from "../../storage/projects.ts";
import { revisionConflict, taken } from "../conflicts.ts";
import { canonicalDomain } from "../domains/domain-name.ts";
import type { DomainService } from "../domains/service.ts";
import { type DomainError, notFound, unacceptable } from "../errors.ts";
import type { NewEvent, RequestContext } from "../events/event.ts";
import { keepOwner, lastOwner } from "../operators/last-owner.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import type { Organization, OrganizationCounts } from "./organization.ts";
import { type AcceptedOrganizationFields, acceptOrganizationFields, type OrganizationFields } from "./rules.ts";
import type { OrganizationListing, OrganizationSearch } from "./search.ts";

export interface OrganizationService {
  /** @throws {DomainError} `not_found` */
  get(projectId: string, organizationId: string): Promise<Organization>;
  /** One round trip, whatever the page's size. */
  list(projectId: string, page: PageRequest & { domain?: string | undefined }, db?: Database): Promise<Page<Organization>>;
  /** By label, then id. Two round trips, whatever the page's size. */
  search(projectId: string, search: OrganizationSearch & { limit: number }, db?: Database): Promise<OrganizationsFound>;
  /** Labels of those of the ids that the project has. One round trip. */
  labels(projectId: string, ids: readonly string[]): Promise<Map<string, string>>;
  /** What ends with an organization, and who is in it. One round trip. */
  counts(projectId: string, organizationId: string): Promise<OrganizationCounts>;
  /**
   * @throws {DomainError} `unacceptable` with the fields; `domain_taken` when another organization of the project has
   *   one of the domains; `last_owner`. Of any number of simultaneous claims one wins, and the losers change nothing (T49)
   * @param id of the caller's making, so that repeating the request makes one organization; the second time it is found
   */
  create(
    projectId: string,
    fields: OrganizationFields & { label: string },
    context: RequestContext,
    id?: string,
  ): Promise<Organization>;
  /**
   * Replaces the fields that are given.
   * @param expectedRevision the revision the caller has read; when it has moved: `revision_conflict`
   * @throws {DomainError} as `create`; `not_found`
   */
  update(
    projectId: string,
    organizationId: string,
    fields: OrganizationFields,
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<Organization>;
  /**
   * Ends its sessions, connections, domains and SSO credentials; its identities stay, detached (T58).
   * @throws {DomainError} `not_found`; `last_owner`
   */
  delete(projectId: string, organizationId: string, context: RequestContext): Promise<void>;
}

export interface OrganizationsFound {
  items: OrganizationListing[];
  /** Where the next page begins; undefined on the last one. */
  next: { label: string; id: string } | undefined;
  /** More domains begin with the text than are searched: a longer text finds the rest. */
  cut: boolean;
}

/** How often a change without `expectedRevision` is tried on newer rows when others change the same organization. */
const ATTEMPTS = 3;

export function createOrganizationService(runtime: Runtime, domains: DomainService): OrganizationService {
  const { clock, databaseFor } = runtime;

  async function get(projectId: string, organizationId: string): Promise<Organization> {
    const organization = await findOrganization(databaseFor(projectId), projectId, organizationId);
    if (!organization) throw notFound("organization");
    return organization;
  }

  function event(projectId: string, what: NewEvent, context: RequestContext, now: number) {
    return eventInsert(databaseFor(projectId), projectId, what, context, newId(now), now);
  }

  async function tryUpdate(
    before: Organization,
    accepted: AcceptedOrganizationFields,
    asked: readonly string[] | undefined,
    context: RequestContext,
  ): Promise<Organization | "moved"> {
    const { projectId, id } = before;
    const now = clock();
    const after = { ...before, ...accepted, revision: before.revision + 1, updatedAt: now };
    const changed = changedFields(before, after);
    if (changed.length === 0) return before;
    const db = databaseFor(projectId);
    const touched = changed.includes("domains") || changed.includes("state");
    const affected = touched ? [...new Set([...before.domains, ...after.domains])] : [];
    const details = { changed, ...domainChanges(before, after) };
    try {
      await db.commit([
        guard(db, projectId, organizationIs(projectId, id, before.revision), touched),
        ...(touched ? [outboxDomains(db, projectId, affected, now)] : []),
        ...organizationUpdate(db, after),
        ...(touched ? [keepOwner(db, projectId)] : []),
        event(projectId, { type: "organization.updated", organizationId: id, details }, context, now),
      ]);
    } catch (error) {
      if (guardRefused(error)) return "moved";
      const lost = lastOwner(error, changed.includes("state") && after.state === "disabled" ? "state" : "domains");
      throw lost ?? (await explain(error, after, asked, runtime));
    }
    if (touched) runtime.background(domains.reconcile(projectId, affected));
    return after;
  }

  return {
    get,

    async list(projectId, page, db = databaseFor(projectId)) {
      const found = await listOrganizations(db, projectId, { ...page, limit: page.limit + 1 });
      return cutPage(found, page.limit);
    },

    async search(projectId, search, db = databaseFor(projectId)) {
      const { limit } = search;
      const { found, cut } = await searchOrganizations(db, projectId, { ...search, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1)?.organization;
      return { items, cut, next: found.length > limit && last ? { label: last.label, id: last.id } : undefined };
    },

    labels: (projectId, ids) => organizationLabels(databaseFor(projectId), projectId, ids),

    counts: (projectId, organizationId) => countOrganization(databaseFor(projectId), projectId, organizationId),

    async create(projectId, fields, context, id) {
      const given = await acceptOrganizationFields(fields);
      const accepted = { domains: [], sessionLifespan: null, state: "enabled" as const, ...given };
      const now = clock();
      const organization: Organization = {
        ...accepted,
        label: requireLabel(accepted.label),
        projectId,
        id: id ?? newId(now),
        revision: 1,
        createdAt: now,
        updatedAt: now,
      };
      const db = databaseFor(projectId);
      const details = { label: organization.label, domains: organization.domains };
      try {
        await db.commit([
          guard(db, projectId, projectExists(projectId), true),
          ...organizationInsert(db, organization),
          ...(organization.domains.length > 0 ? [keepOwner(db, projectId)] : []),
          outboxDomains(db, projectId, organization.domains, now),
          event(projectId, { type: "organization.created", organizationId: organization.id, details }, context, now),
        ]);
      } catch (error) {
        if (violatesUnique(error, "organizations")) return await get(projectId, organization.id);
        throw lastOwner(error, "domains") ?? (await explain(error, organization, fields.domains, runtime));
      }
      if (organization.domains.length > 0) runtime.background(domains.reconcile(projectId, organization.domains));
      return organization;
    },

    async update(projectId, organizationId, fields, expectedRevision, context) {
      const accepted = await acceptOrganizationFields(fields);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = await get(projectId, organizationId);
        if (expectedRevision !== undefined && before.revision !== expectedRevision) throw revisionConflict();
        const result = await tryUpdate(before, accepted, fields.domains, context);
        if (result !== "moved") return result;
      }
      throw revisionConflict();
    },

    async delete(projectId, organizationId, context) {
      const { domains: owned, label } = await get(projectId, organizationId);
      const now = clock();
      const db = databaseFor(projectId);
      const details = { label, domains: owned };
      try {
        await db.commit([
          guard(db, projectId, organizationIs(projectId, organizationId), true),
          outboxOrganization(db, projectId, organizationId, now),
          ...organizationDelete(db, projectId, organizationId, now),
          keepOwner(db, projectId),
          event(projectId, { type: "organization.deleted", organizationId, details }, context, now),
        ]);
      } catch (error) {
        throw guardRefused(error) ? notFound("organization") : (lastOwner(error) ?? error);
      }
      runtime.background(domains.reconcile(projectId, owned));
    },
  };
}

function requireLabel(label: string | undefined): string {
  if (label === undefined) throw unacceptable([{ field: "label", code: "required", message: "Give it a name." }]);
  return label;
}

/** What a refused commit means for the caller, who asked for the domains as `asked`. */
async function explain(
  error: unknown,
  wanted: Organization,
  asked: readonly string[] | undefined,
  runtime: Runtime,
): Promise<unknown> {
  if (violatesUnique(error, "organization_domains")) return await domainTaken(wanted, asked ?? [], runtime);
  return guardRefused(error) ? notFound("project") : error;
}

/** The 409 that names the domains asked for, at their place in the caller's list, and never who has them. */
async function domainTaken(wanted: Organization, asked: readonly string[], { databaseFor }: Runtime): Promise<DomainError> {
  const { projectId, id, domains } = wanted;
  const owned = await domainsOfOthers(databaseFor(projectId), projectId, id, domains);
  const places = asked.map((input) => canonicalDomain(input)).map((name) => (name.ok ? name.domain : undefined));
  const fields = owned.map((domain) => ({
    field: `domains[${places.indexOf(domain)}]`,
    code: "domain_taken",
    message: `The domain ${domain} belongs to another organization of this project.`,
  }));
  const moved = { field: "domains", code: "domain_taken", message: "A domain has just been claimed by another organization." };
  return taken("domain_taken", fields.length > 0 ? fields : [moved]);
}

const COMPARED = ["label", "state", "sessionLifespan", "domains"] as const;
const WIRE_NAMES = { label: "label", state: "state", sessionLifespan: "session_lifespan", domains: "domains" };

function changedFields(before: Organization, after: Organization): string[] {
  return COMPARED.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map((key) => WIRE_NAMES[key]);
}

function domainChanges(before: Organization, after: Organization) {
  return {
    domains_added: after.domains.filter((d) => !before.domains.includes(d)),
    domains_removed: before.domains.filter((d) => !after.domains.includes(d)),
  };
}
