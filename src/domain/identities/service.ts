// Identities as operators manage them: read, create, change, delete. Every change is one commit with its audit event and
// with everything that must end because of it.

import { hashPassword, parsePasswordHash } from "../../crypto/passwords.ts";
import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, type Database, violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { guard, guardRefused } from "../../storage/guard.ts";
import {
  credentialsDelete,
  domainOwnerIs,
  findIdentity,
  findIdentityWithCredentials,
  type IdentityFilter,
  identityDelete,
  identityExists,
  identityFacts,
  identityInsert,
  identityStands,
  identityUpdate,
  listIdentities,
  listIdentitiesByEmail,
  listNewestIdentities,
  passwordUpsert,
} from "../../storage/identities.ts";
import { sessionsOfIdentityDelete } from "../../storage/sessions.ts";
import { revisionConflict, taken } from "../conflicts.ts";
import { type EmailAddress, emailBeginning } from "../domains/email-address.ts";
import { notFound, unacceptable } from "../errors.ts";
import type { EventType, RequestContext } from "../events/event.ts";
import { admit } from "../login/admission.ts";
import { refusePassword } from "../login/password-policy.ts";
import { keepOwner, lastOwner } from "../operators/last-owner.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import type { Identity, IdentityCredentials } from "./identity.ts";
import { newIdentity } from "./new-identity.ts";
import { type AcceptedTraits, acceptDraft, type IdentityDraft, refusePlacement } from "./rules.ts";

export interface IdentityService {
  /** One round trip. */
  list(projectId: string, filter: IdentityFilter, page: PageRequest, db?: Database): Promise<Page<Identity>>;
  /** The newest first; `next` is the id to continue before. One round trip. */
  listNewest(projectId: string, page: { before: string | undefined; limit: number }, db?: Database): Promise<Page<Identity>>;
  /**
   * Those whose address begins with the text, by address; `next` is the address to continue after. One round trip.
   * @param page.prefix as typed
   */
  findByEmail(
    projectId: string,
    page: { prefix: string; after: string | undefined; limit: number },
  ): Promise<{ items: Identity[]; next: string | undefined }>;
  /** @throws {DomainError} `not_found` */
  get(projectId: string, id: string): Promise<{ identity: Identity; credentials: IdentityCredentials }>;
  /**
   * @throws {DomainError} `validation_failed`; `email_taken`; `revision_conflict` when the domain changed hands meanwhile
   * @param id of the caller's making, so that repeating the request makes one identity; the second time it is found
   */
  create(projectId: string, draft: IdentityDraft, context: RequestContext, id?: string): Promise<Identity>;
  /**
   * Makes the identity what `draftOf` makes of it as it is now. A change of organization ends its sessions and takes away
   * its credentials; deactivation and a new password end its sessions.
   * @throws {DomainError} `not_found`; `last_owner`, and as `create`
   */
  update(projectId: string, id: string, draftOf: (before: Identity) => IdentityDraft, context: RequestContext): Promise<Identity>;
  /** Deletes it with its sessions, credentials and operator rights. @throws {DomainError} `not_found`; `last_owner` */
  delete(projectId: string, id: string, context: RequestContext): Promise<void>;
}

/** How often a change is tried on a newer row when somebody else changes the same identity. */
const ATTEMPTS = 3;

export function createIdentityService(runtime: Runtime): IdentityService {
  const { clock, databaseFor } = runtime;

  function event(type: EventType, identity: Identity, context: RequestContext, now: number, details = {}): Write {
    const db = databaseFor(identity.projectId);
    const what = { type, identityId: identity.id, organizationId: identity.organizationId, details };
    return eventInsert(db, identity.projectId, what, context, newId(now), now);
  }

  async function require(projectId: string, id: string): Promise<Identity> {
    const identity = await findIdentity(databaseFor(projectId), projectId, id);
    if (!identity) throw notFound("identity");
    return identity;
  }

  async function tryUpdate(before: Identity, draft: IdentityDraft, context: RequestContext): Promise<Identity | "moved"> {
    const { projectId, id } = before;
    const accepted = acceptDraft(draft);
    const after = changedTo(before, draft, accepted);
    const moves = after.organizationId !== before.organizationId;
    const db = databaseFor(projectId);
    const facts = await identityFacts(db, projectId, after.emailDomain, after.organizationId);
    if (moves || after.email !== before.email) requirePlacement(accepted.address, after.organizationId, facts);
    const hash = await newHash(draft.password, accepted.address, facts.domainOwner);
    const changed = [...changedFields(before, after), ...(hash === undefined ? [] : ["password"])];
    if (changed.length === 0) return before;
    const now = clock();
    const updated = { ...after, revision: before.revision + 1, updatedAt: now };
    const locksOut = lockedOutBy(before, updated);
    const endsSessions = moves || hash !== undefined || (before.state === "active" && after.state === "inactive");
    const settled = await settle(
      db,
      [
        guard(db, projectId, identityStands(before, after.emailDomain, facts.domainOwner), false),
        identityUpdate(db, updated),
        ...(moves ? credentialsDelete(db, projectId, id) : []),
        ...(endsSessions ? [sessionsOfIdentityDelete(db, projectId, id)] : []),
        ...(hash === undefined ? [] : [passwordUpsert(db, projectId, id, hash, now)]),
        ...(locksOut === undefined ? [] : [keepOwner(db, projectId, { operatorId: id, leaves: false })]),
        event("identity.updated", updated, context, now, { changed }),
      ],
      locksOut,
    );
    return settled ? updated : "moved";
  }

  return {
    async list(projectId, filter, page, db = databaseFor(projectId)) {
      const found = await listIdentities(db, projectId, filter, { ...page, limit: page.limit + 1 });
      return cutPage(found, page.limit);
    },

    async listNewest(projectId, { before, limit }, db = databaseFor(projectId)) {
      const found = await listNewestIdentities(db, projectId, { before, limit: limit + 1 });
      return cutPage(found, limit);
    },

    async findByEmail(projectId, { prefix, after, limit }) {
      const typed = emailBeginning(prefix);
      const found = await listIdentitiesByEmail(databaseFor(projectId), projectId, { prefix: typed, after, limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? (items.at(-1)?.email ?? undefined) : undefined };
    },

    async get(projectId, id) {
      const found = await findIdentityWithCredentials(databaseFor(projectId), projectId, id);
      if (!found) throw notFound("identity");
      return found;
    },

    async create(projectId, draft, context, wantedId) {
      const { traits, address } = acceptDraft(draft);
      const { organizationId, schemaId, state, metadataPublic, metadataAdmin } = draft;
      const db = databaseFor(projectId);
      const domain = address?.domain ?? null;
      const facts = await identityFacts(db, projectId, domain, organizationId);
      const hash = await newHash(draft.password, address, facts.domainOwner);
      requirePlacement(address, organizationId, facts);
      const now = clock();
      const emailVerified = address !== null && draft.emailVerified === true;
      const settings = { organizationId, schemaId, state, metadataPublic, metadataAdmin };
      const id = wantedId ?? newId(now);
      const identity = newIdentity({ projectId, id, address, emailVerified, traits, ...settings }, now);
      try {
        const settled = await settle(db, [
          guard(db, projectId, domainOwnerIs(projectId, domain, facts.domainOwner), false),
          identityInsert(db, identity),
          ...(hash === undefined ? [] : [passwordUpsert(db, projectId, identity.id, hash, now)]),
          event("identity.created", identity, context, now),
        ]);
        if (!settled) throw revisionConflict();
        return identity;
      } catch (error) {
        const made = wantedId === undefined ? undefined : await findIdentity(db, projectId, wantedId);
        if (made) return made;
        throw error;
      }
    },

    async update(projectId, id, draftOf, context) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = await require(projectId, id);
        const result = await tryUpdate(before, draftOf(before), context);
        if (result !== "moved") return result;
      }
      throw revisionConflict();
    },

    async delete(projectId, id, context) {
      const identity = await require(projectId, id);
      const db = databaseFor(projectId);
      const settled = await settle(db, [
        guard(db, projectId, identityExists(projectId, id), false),
        keepOwner(db, projectId, { operatorId: id, leaves: true }),
        ...identityDelete(db, projectId, id),
        event("identity.deleted", identity, context, clock()),
      ]);
      if (!settled) throw notFound("identity");
    },
  };
}

/** The identity as the draft wants it. A new address is not verified until somebody says so. */
function changedTo(before: Identity, draft: IdentityDraft, { traits, address }: AcceptedTraits): Identity {
  const email = address?.canonical ?? null;
  return {
    ...before,
    traits,
    email,
    emailDomain: address?.domain ?? null,
    emailVerified: email !== null && (draft.emailVerified ?? (email === before.email && before.emailVerified)),
    organizationId: draft.organizationId,
    state: draft.state,
    metadataPublic: draft.metadataPublic,
    metadataAdmin: draft.metadataAdmin,
  };
}

/** The field by which a change may keep the person from signing in; undefined for any other change. */
function lockedOutBy(before: Identity, after: Identity): string | undefined {
  if (after.state === "inactive" && before.state !== "inactive") return "state";
  if (after.organizationId !== before.organizationId) return "organization_id";
  return after.email === null && before.email !== null ? "traits.email" : undefined;
}

/**
 * Commits. False when what the change rests on has moved; a taken address is told by name.
 * @param locksOut the field that the last owner would be lost by
 */
async function settle(db: Database, writes: readonly Write[], locksOut?: string): Promise<boolean> {
  try {
    await db.commit(writes);
    return true;
  } catch (error) {
    const lost = lastOwner(error, locksOut);
    if (lost) throw lost;
    if (guardRefused(error)) return false;
    if (violatesUnique(error, "identities")) {
      const message = "Another identity of the project has this e-mail address.";
      throw taken("email_taken", [{ field: "traits.email", code: "taken", message }]);
    }
    // The organization was deleted after it was read.
    if (error instanceof ConstraintViolation && error.kind === "foreign_key") return false;
    throw error;
  }
}

function requirePlacement(
  address: EmailAddress | null,
  organizationId: string | null,
  facts: { domainOwner: string | null; organizationExists: boolean },
): void {
  const refusal = refusePlacement({ address, organizationId, ...facts });
  if (refusal) throw unacceptable([refusal]);
}

/**
 * The hash to store for a wished password. The gate is asked first, so that no password is looked at for an address
 * whose organization signs it in (T54); an imported hash must be one that this runtime can and may compute (T97).
 */
async function newHash(
  password: IdentityDraft["password"],
  address: EmailAddress | null,
  domainOwner: string | null,
): Promise<string | undefined> {
  if (!password || !address) return undefined;
  const config = "credentials.password.config";
  if (!admit({ door: "admin_set_password", domainOwner }).admit) {
    const message = "The domain of this address belongs to an organization, whose people sign in through single sign-on only.";
    throw unacceptable([{ field: "credentials", code: "sso_required", message }]);
  }
  if ("hash" in password) {
    if (parsePasswordHash(password.hash)) return password.hash;
    const message = "Must be a PHC scrypt string ($scrypt$ln=14,r=8,p=5$salt$hash) of affordable cost.";
    throw unacceptable([{ field: `${config}.hashed_password`, code: "hash_not_supported", message }]);
  }
  const problem = await refusePassword(password.text, address.canonical);
  if (!problem) return await hashPassword(password.text);
  throw unacceptable([{ field: `${config}.password`, code: problem, message: "Choose another password." }]);
}

/** Names on the wire of what differs. */
function changedFields(before: Identity, after: Identity): string[] {
  const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  return [
    ...(differs(before.traits, after.traits) ? ["traits"] : []),
    ...(before.state === after.state ? [] : ["state"]),
    ...(before.organizationId === after.organizationId ? [] : ["organization_id"]),
    ...(before.emailVerified === after.emailVerified ? [] : ["verifiable_addresses"]),
    ...(differs(before.metadataPublic, after.metadataPublic) ? ["metadata_public"] : []),
    ...(differs(before.metadataAdmin, after.metadataAdmin) ? ["metadata_admin"] : []),
  ];
}
