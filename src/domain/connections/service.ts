// Connections: read, create, change, delete, check. Every change is one commit with its audit event.

import { newId } from "../../crypto/random.ts";
import type { CheckStep } from "../../protocols/connector.ts";
import type { Runtime } from "../../services.ts";
import {
  connectionDelete,
  connectionInsert,
  connectionIs,
  connectionUpdate,
  findConnection,
  listConnections,
  listLabelledConnections,
} from "../../storage/connections.ts";
import { violatesUnique } from "../../storage/database.ts";
import { outboxOrganization } from "../../storage/domain-outbox.ts";
import { eventInsert } from "../../storage/events.ts";
import { guard, guardRefused } from "../../storage/guard.ts";
import { findOrganization, organizationIs } from "../../storage/organizations.ts";
import { projectExists } from "../../storage/projects.ts";
import { revisionConflict } from "../conflicts.ts";
import type { DomainService } from "../domains/service.ts";
import { type DomainError, notFound, unacceptable } from "../errors.ts";
import type { EventType, RequestContext } from "../events/event.ts";
import { keepOwner, lastOwner } from "../operators/last-owner.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import type { Project } from "../projects/project.ts";
import { checkedTooSoon, createCheckLimit } from "./check-limit.ts";
import type { Connection } from "./connection.ts";
import { type ConnectionDraft, changeConnection, draftConnection, issuerRuleOf, redirectUri } from "./draft.ts";
import type { ConnectionFields } from "./rules.ts";
import { forgetSecret, restoreSecret, rotateSecret } from "./secret-rotation.ts";

export interface NewConnection extends ConnectionFields {
  /** null or absent: social sign-in for everybody. Fixed for ever, because the redirect URI tells it. */
  organizationId?: string | null | undefined;
  /** An id of the caller's own making, `newId`'s: a form that is sent twice makes one connection. */
  id?: string | undefined;
  issuerUrl: string;
  clientId: string;
  /** Plain text; stored sealed and never given out again (T101). */
  clientSecret?: string | null | undefined;
}

export interface ConnectionChanges extends ConnectionFields {
  clientSecret?: string | null | undefined;
  /** null forgets the pinned token endpoint (T35). */
  pinnedTokenEndpoint?: null | undefined;
}

export interface CheckReport {
  steps: CheckStep[];
  /** The token endpoint that the issuer names now. */
  tokenEndpoint: string | null;
  pinnedTokenEndpoint: string | null;
}

export interface ConnectionService {
  /** @throws {DomainError} `not_found` */
  get(projectId: string, connectionId: string): Promise<Connection>;
  list(projectId: string, page: PageRequest & { organizationId?: string | undefined }): Promise<Page<Connection>>;
  /** A page like `list`, with the labels of the organizations beside. One round trip. */
  listLabelled(
    projectId: string,
    page: PageRequest & { organizationId?: string | undefined },
  ): Promise<Page<Connection & { organizationLabel: string | null }>>;
  /**
   * @returns the connection; with an `id` that exists already, that connection as it is
   * @throws {DomainError} `unacceptable` with the fields, among them an `organization_id` that is not of the project
   */
  create(project: Project, fields: NewConnection, context: RequestContext): Promise<Connection>;
  /**
   * Replaces the fields that are given. What ends the trust in the old settings counts `trustRevision` up, which ends
   * logins under way and sessions (T44, T65); a new issuer forgets the pinned token endpoint.
   * @param expectedRevision the revision the caller has read; when it has moved: `revision_conflict`
   */
  update(
    projectId: string,
    connectionId: string,
    fields: ConnectionChanges,
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<Connection>;
  /**
   * A new client secret, tried first from now on; the one before is kept, and tried when the provider does not know the new
   * one, until a login has succeeded with the new one. `expectedRevision` as in `update`.
   * @throws {DomainError} `unacceptable` naming client_secret
   */
  rotateSecret(
    projectId: string,
    connectionId: string,
    secret: string,
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<Connection>;
  /** Back to the secret before the rotation: it is the only one then. @throws {DomainError} `no_previous_client_secret` */
  restoreSecret(projectId: string, connectionId: string, context: RequestContext): Promise<Connection>;
  /** Gives the secret before the rotation up. @throws {DomainError} `no_previous_client_secret` */
  forgetPreviousSecret(projectId: string, connectionId: string, context: RequestContext): Promise<Connection>;
  /** Removes the sessions that rest on it, too. @throws {DomainError} `not_found`; `last_owner` */
  delete(projectId: string, connectionId: string, context: RequestContext): Promise<void>;
  /** Tries the connection without a person. @throws {DomainError} `rate_limited` when it was tried a moment ago */
  check(projectId: string, connectionId: string, context: RequestContext): Promise<CheckReport>;
}

const ATTEMPTS = 3;

export function createConnectionService(runtime: Runtime, domains: DomainService): ConnectionService {
  const { clock, databaseFor, config, sealer } = runtime;
  const issuerRule = issuerRuleOf(config);
  const checkLimit = createCheckLimit(clock);

  async function get(projectId: string, connectionId: string): Promise<Connection> {
    const connection = await findConnection(databaseFor(projectId), projectId, connectionId);
    if (!connection) throw notFound("connection");
    return connection;
  }

  function event(
    type: EventType,
    of: Connection,
    context: RequestContext,
    extra: { reason?: string | null; details?: object } = {},
  ) {
    const now = clock();
    const what = {
      type,
      organizationId: of.organizationId,
      connectionId: of.id,
      reason: extra.reason ?? null,
      details: { label: of.label, provider: of.provider, ...extra.details },
    };
    return eventInsert(databaseFor(of.projectId), of.projectId, what, context, newId(now), now);
  }

  /** The writes that tell the KV domain index of a change to one of an organization's connections. */
  function outbox(of: Connection) {
    return of.organizationId === null
      ? []
      : [outboxOrganization(databaseFor(of.projectId), of.projectId, of.organizationId, clock())];
  }

  /** Brings the KV domain index up to date after the answer. */
  function refreshIndex({ projectId, organizationId }: Connection): void {
    if (organizationId === null) return;
    const refresh = async () => {
      const organization = await findOrganization(databaseFor(projectId), projectId, organizationId);
      if (organization) await domains.reconcile(projectId, organization.domains);
    };
    runtime.background(refresh());
  }

  async function store(draft: ConnectionDraft, context: RequestContext): Promise<Connection> {
    const { connection } = draft;
    const { projectId, organizationId } = connection;
    const db = databaseFor(projectId);
    const ground = organizationId === null ? projectExists(projectId) : organizationIs(projectId, organizationId);
    try {
      await db.commit([
        guard(db, projectId, ground, organizationId !== null),
        connectionInsert(db, connection),
        ...outbox(connection),
        event("connection.created", connection, context),
      ]);
    } catch (error) {
      if (violatesUnique(error, "connections")) return await get(projectId, connection.id);
      if (!guardRefused(error)) throw error;
      throw organizationId === null ? notFound("project") : noSuchOrganization();
    }
    refreshIndex(connection);
    return connection;
  }

  async function tryChange(type: EventType, before: Connection, draft: ConnectionDraft, context: RequestContext) {
    const { connection: after, changed } = draft;
    if (changed.length === 0) return before;
    const db = databaseFor(before.projectId);
    const details = { changed, trust_revision: after.trustRevision };
    const disables = before.state === "enabled" && after.state === "disabled";
    try {
      await db.commit([
        guard(db, before.projectId, connectionIs(before.projectId, before.id, before.revision), before.organizationId !== null),
        connectionUpdate(db, before, after),
        ...outbox(after),
        ...(disables ? [keepOwner(db, before.projectId)] : []),
        event(type, after, context, { details }),
      ]);
    } catch (error) {
      if (guardRefused(error)) return "moved";
      throw lastOwner(error, "state") ?? error;
    }
    refreshIndex(after);
    return after;
  }

  /** Drafts and stores a change, anew on newer rows when others change the same connection and no revision is expected. */
  async function change(
    type: EventType,
    [projectId, connectionId]: [string, string],
    draft: (before: Connection) => ConnectionDraft | Promise<ConnectionDraft>,
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<Connection> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await get(projectId, connectionId);
      if (expectedRevision !== undefined && before.revision !== expectedRevision) throw revisionConflict();
      const result = await tryChange(type, before, await draft(before), context);
      if (result !== "moved") return result;
    }
    throw revisionConflict();
  }

  return {
    get,

    async list(projectId, page) {
      const found = await listConnections(databaseFor(projectId), projectId, { ...page, limit: page.limit + 1 });
      return cutPage(found, page.limit);
    },

    async listLabelled(projectId, page) {
      const found = await listLabelledConnections(databaseFor(projectId), projectId, { ...page, limit: page.limit + 1 });
      return cutPage(found, page.limit);
    },

    async create(project, fields, context) {
      const organizationId = fields.organizationId ?? null;
      const organization =
        organizationId === null ? undefined : await findOrganization(databaseFor(project.id), project.id, organizationId);
      if (organizationId !== null && !organization) throw noSuchOrganization();
      const now = clock();
      const id = fields.id ?? newId(now);
      const identity = {
        projectId: project.id,
        id,
        organizationId,
        redirectUri: redirectUri(project, config, organizationId, id),
      };
      const defaultLabel = organization?.label;
      return await store(await draftConnection(identity, fields, defaultLabel, { sealer, issuerRule, now }), context);
    },

    update(projectId, id, fields, expectedRevision, context) {
      const draft = (before: Connection) => changeConnection(before, fields, { sealer, issuerRule, now: clock() });
      return change("connection.updated", [projectId, id], draft, expectedRevision, context);
    },

    rotateSecret(projectId, id, secret, expectedRevision, context) {
      const draft = (before: Connection) => rotateSecret(before, secret, { sealer, now: clock() });
      return change("connection.secret_rotated", [projectId, id], draft, expectedRevision, context);
    },

    restoreSecret(projectId, id, context) {
      const draft = (before: Connection) => restoreSecret(before, { sealer, now: clock() });
      return change("connection.old_secret_restored", [projectId, id], draft, undefined, context);
    },

    forgetPreviousSecret(projectId, id, context) {
      const draft = (before: Connection) => forgetSecret(before, { now: clock() });
      return change("connection.old_secret_deleted", [projectId, id], draft, undefined, context);
    },

    async delete(projectId, connectionId, context) {
      const connection = await get(projectId, connectionId);
      const db = databaseFor(projectId);
      try {
        await db.commit([
          guard(db, projectId, connectionIs(projectId, connectionId), connection.organizationId !== null),
          ...connectionDelete(db, connection),
          keepOwner(db, projectId),
          ...outbox(connection),
          event("connection.deleted", connection, context),
        ]);
      } catch (error) {
        throw guardRefused(error) ? notFound("connection") : (lastOwner(error) ?? error);
      }
      refreshIndex(connection);
    },

    async check(projectId, connectionId, context) {
      const connection = await get(projectId, connectionId);
      const retryAfter = checkLimit(`${projectId}/${connectionId}`);
      if (retryAfter !== undefined) throw checkedTooSoon(retryAfter);
      const { steps, tokenEndpoint } = await runtime.connector.check(connection);
      const failed = steps.find((step) => step.result === "failed");
      const extra = { reason: failed?.reason ?? null, details: { failed_step: failed?.step ?? null } };
      await databaseFor(projectId).commit([event("connection.checked", connection, context, extra)]);
      return { steps, tokenEndpoint: tokenEndpoint ?? null, pinnedTokenEndpoint: connection.pinnedTokenEndpoint };
    },
  };
}

function noSuchOrganization(): DomainError {
  const message = "This organization does not exist in the project.";
  return unacceptable([{ field: "organization_id", code: "not_found", message }]);
}
