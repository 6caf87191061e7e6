// Clients: find, list, create, replace, rotate secrets, delete. Every change is one commit with its audit event.

import { newId } from "../../crypto/random.ts";
import { refuseUrl } from "../../net/guarded-fetch.ts";
import type { Runtime } from "../../services.ts";
import {
  areOrganizations,
  clientDelete,
  clientInsert,
  clientIs,
  clientUpdate,
  findClient,
  listClients,
  organizationsAmong,
} from "../../storage/clients.ts";
import { violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import { revisionConflict } from "../conflicts.ts";
import { DomainError, notFound, unacceptable } from "../errors.ts";
import type { EventType, RequestContext } from "../events/event.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import type { SigningKeyService } from "../signing-keys/service.ts";
import { type Client, usesSecret } from "./client.ts";
import { acceptClient, type ClientFields, type ClientSettings } from "./rules.ts";
import { DEFAULT_OVERLAP, newClientSecret, readOverlap, rotateSecrets, validSecrets } from "./secrets.ts";

/** A client, and its secret in plain text when this very change made one: it is never readable again (T101). */
export interface WrittenClient {
  client: Client;
  secret?: string;
}

export interface ClientService {
  /**
   * The client as D1's primary has it now, or undefined: not remembered, so that a change counts from the next request on.
   * One round trip.
   */
  find(projectId: string, clientId: string): Promise<Client | undefined>;
  /** @throws {DomainError} `not_found` */
  get(projectId: string, clientId: string): Promise<Client>;
  list(projectId: string, page: PageRequest & { name?: string | undefined }): Promise<Page<Client>>;
  /**
   * @param id made by the caller, so that asking twice makes one app
   * @throws {DomainError} `unacceptable` with every field that breaks a rule; `client_exists` when there is an app of this id:
   *   its secret was shown when it was made
   */
  create(projectId: string, fields: ClientFields, context: RequestContext, id?: string): Promise<WrittenClient>;
  /**
   * Replaces all settings by what `change` makes of the client. The secrets stay unless the method needs none any more; a
   * method that needs one where there was none makes one.
   * @param expectedRevision the revision the caller has read; when it has moved: `revision_conflict`
   */
  update(
    projectId: string,
    clientId: string,
    change: (before: Client) => ClientFields,
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<WrittenClient>;
  /**
   * Makes a new secret; those before it are accepted for `overlap` longer, a duration such as `24h` (the default), `0s` for
   * not at all.
   * @param expectedRevision as in `update`
   * @throws {DomainError} `client_has_no_secret`
   */
  rotateSecret(
    projectId: string,
    clientId: string,
    overlap: string | undefined,
    context: RequestContext,
    expectedRevision?: number,
  ): Promise<WrittenClient>;
  /** Ends the overlap: only the newest secret is accepted. */
  deleteOldSecrets(projectId: string, clientId: string, context: RequestContext): Promise<Client>;
  delete(projectId: string, clientId: string, context: RequestContext): Promise<void>;
}

const ATTEMPTS = 3;

export function createClientService(runtime: Runtime, signingKeys: SigningKeyService): ClientService {
  const { clock, databaseFor, config } = runtime;
  const outboundRules = { allowLoopbackHttp: config.allowInsecureIssuers, ownHost: config.baseUrl.hostname };
  const outbound = (url: string) => refuseUrl(url, outboundRules);

  async function get(projectId: string, clientId: string): Promise<Client> {
    const client = await findClient(databaseFor(projectId), projectId, clientId);
    if (!client) throw notFound("client");
    return client;
  }

  /** The settings, once the organizations they name are known to be the project's. */
  async function accept(projectId: string, fields: ClientFields, known: readonly string[]): Promise<ClientSettings> {
    const settings = acceptClient(fields, outbound);
    const fresh = settings.organizationIds.filter((id) => !known.includes(id));
    const found = fresh.length === 0 ? [] : await organizationsAmong(databaseFor(projectId), projectId, fresh);
    const missing = fresh.filter((id) => !found.includes(id));
    if (missing.length > 0) throw unacceptable(missing.map((id) => noSuchOrganization(settings.organizationIds.indexOf(id))));
    return settings;
  }

  function event(type: EventType, client: Client, context: RequestContext, details: object = {}): Write {
    const now = clock();
    const what = { type, details: { client_id: client.id, client_name: client.name, ...details } };
    return eventInsert(databaseFor(client.projectId), client.projectId, what, context, newId(now), now);
  }

  /** Stores a changed client if it still is as it was read. @returns false when it has moved on */
  async function store(before: Client, after: Client, type: EventType, context: RequestContext, details: object = {}) {
    const db = databaseFor(before.projectId);
    const ground = clientIs(before.projectId, before.id, before.revision);
    const writes = [clientUpdate(db, after), event(type, after, context, details)];
    return (await commitIf(db, before.projectId, ground, writes)) !== undefined;
  }

  /** Reads, changes and stores, again when another change came between. */
  async function change<T>(
    projectId: string,
    clientId: string,
    attempt: (before: Client) => Promise<T | "moved">,
    expectedRevision?: number,
  ): Promise<T> {
    for (let i = 0; i < ATTEMPTS; i++) {
      const before = await get(projectId, clientId);
      if (expectedRevision !== undefined && before.revision !== expectedRevision) throw revisionConflict();
      const result = await attempt(before);
      if (result !== "moved") return result;
    }
    throw revisionConflict();
  }

  return {
    find: (projectId, clientId) => findClient(databaseFor(projectId), projectId, clientId),
    get,

    async list(projectId, page) {
      return cutPage(await listClients(databaseFor(projectId), projectId, { ...page, limit: page.limit + 1 }), page.limit);
    },

    async create(projectId, fields, context, givenId) {
      const settings = await accept(projectId, fields, []);
      await signingKeys.ensure(projectId, settings.idTokenSignedResponseAlg, context);
      const now = clock();
      const made = usesSecret(settings.tokenEndpointAuthMethod) ? newClientSecret(now) : undefined;
      const id = givenId ?? newId(now);
      const secrets = made ? [made.kept] : [];
      const client: Client = { projectId, id, ...settings, secrets, revision: 1, createdAt: now, updatedAt: now };
      const db = databaseFor(projectId);
      // An organization that was deleted since would leave a pin to nothing; the project, a row without an owner.
      const ground = areOrganizations(projectId, settings.organizationIds);
      const writes = [clientInsert(db, client), event("client.created", client, context)];
      try {
        if (!(await commitIf(db, projectId, ground, writes))) throw unacceptable([noSuchOrganization(0)]);
      } catch (error) {
        throw violatesUnique(error, "clients") ? clientExists() : error;
      }
      return { client, ...(made ? { secret: made.text } : {}) };
    },

    async update(projectId, clientId, changeFields, expectedRevision, context) {
      const attempt = async (before: Client): Promise<WrittenClient | "moved"> => {
        const settings = await accept(projectId, changeFields(before), before.organizationIds);
        const now = clock();
        const kept = usesSecret(settings.tokenEndpointAuthMethod) ? validSecrets(before.secrets, now) : [];
        const made = usesSecret(settings.tokenEndpointAuthMethod) && kept.length === 0 ? newClientSecret(now) : undefined;
        const secrets = made ? [made.kept] : kept;
        const after: Client = { ...before, ...settings, secrets, revision: before.revision + 1, updatedAt: now };
        const changed = changedFields(before, after);
        if (changed.length === 0) return { client: before };
        await signingKeys.ensure(projectId, settings.idTokenSignedResponseAlg, context);
        if (!(await store(before, after, "client.updated", context, { changed }))) return "moved";
        return { client: after, ...(made ? { secret: made.text } : {}) };
      };
      return await change(projectId, clientId, attempt, expectedRevision);
    },

    async rotateSecret(projectId, clientId, overlap, context, expectedRevision) {
      const read = readOverlap(overlap ?? DEFAULT_OVERLAP);
      if (!read.ok) throw unacceptable([{ field: "overlap", code: read.code, message: read.message }]);
      const attempt = async (before: Client): Promise<WrittenClient | "moved"> => {
        if (!usesSecret(before.tokenEndpointAuthMethod)) throw clientHasNoSecret();
        const now = clock();
        const { text, kept } = newClientSecret(now);
        const secrets = rotateSecrets(before.secrets, kept, read.ms, now);
        const after: Client = { ...before, secrets, revision: before.revision + 1, updatedAt: now };
        const details = { overlap_seconds: read.ms / 1000 };
        return (await store(before, after, "client.secret_rotated", context, details))
          ? { client: after, secret: text }
          : "moved";
      };
      return await change(projectId, clientId, attempt, expectedRevision);
    },

    async deleteOldSecrets(projectId, clientId, context) {
      return await change(projectId, clientId, async (before) => {
        if (before.secrets.length <= 1) return before;
        const now = clock();
        const secrets = before.secrets.slice(0, 1);
        const after: Client = { ...before, secrets, revision: before.revision + 1, updatedAt: now };
        return (await store(before, after, "client.old_secrets_deleted", context)) ? after : "moved";
      });
    },

    async delete(projectId, clientId, context) {
      const attempt = async (before: Client) => {
        const db = databaseFor(projectId);
        const writes = [clientDelete(db, projectId, clientId), event("client.deleted", before, context)];
        const ground = clientIs(projectId, clientId, before.revision);
        return (await commitIf(db, projectId, ground, writes)) === undefined ? "moved" : true;
      };
      await change(projectId, clientId, attempt);
    },
  };
}

const WIRE_NAMES = {
  name: "client_name",
  redirectUris: "redirect_uris",
  postLogoutRedirectUris: "post_logout_redirect_uris",
  grantTypes: "grant_types",
  responseTypes: "response_types",
  scope: "scope",
  tokenEndpointAuthMethod: "token_endpoint_auth_method",
  jwks: "jwks",
  jwksUri: "jwks_uri",
  subjectType: "subject_type",
  backchannelLogoutUri: "backchannel_logout_uri",
  backchannelLogoutSessionRequired: "backchannel_logout_session_required",
  skipConsent: "skip_consent",
  idTokenSignedResponseAlg: "id_token_signed_response_alg",
  pkce: "pkce",
  organizationIds: "organization_ids",
  metadata: "metadata",
} as const satisfies Record<keyof ClientSettings, string>;
const SETTINGS = Object.keys(WIRE_NAMES) as (keyof ClientSettings)[];

function changedFields(before: Client, after: Client): string[] {
  return SETTINGS.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map((key) => WIRE_NAMES[key]);
}

function noSuchOrganization(index: number) {
  const message = "This organization does not exist in the project.";
  return { field: `organization_ids[${index}]`, code: "not_found", message };
}

function clientHasNoSecret(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "client_has_no_secret",
    message: "This app authenticates without a secret, so there is none to rotate.",
  });
}

function clientExists(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "client_exists",
    message: "This app has been created already. Its secret was shown once, when it was created.",
  });
}
