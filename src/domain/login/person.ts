// The person behind an admitted assertion: what the decision of linking.ts makes of the identity, as unsent writes.

import { newId } from "../../crypto/random.ts";
import type { Assertion } from "../../protocols/connector.ts";
import type { Write } from "../../storage/database.ts";
import type { loginStore } from "../../storage/login.ts";
import type { Connection } from "../connections/connection.ts";
import type { EmailAddress } from "../domains/email-address.ts";
import type { Identity } from "../identities/identity.ts";
import { newIdentity } from "../identities/new-identity.ts";
import type { Project } from "../projects/project.ts";
import type { Linking } from "./linking.ts";
import type { Transaction } from "./transaction.ts";

type Store = ReturnType<typeof loginStore>;

/** Everything a finished round trip brought together. */
export interface SsoLogin {
  project: Project;
  transaction: Transaction;
  connection: Connection;
  organization: { id: string; label: string; sessionLifespan: string | null; state: "enabled" | "disabled" } | null;
  assertion: Assertion;
}

/** The identity as it will be, and the writes that make it so. */
export function carryOut(
  store: Store,
  login: SsoLogin,
  linking: Exclude<Linking, { action: "refuse" }>,
  address: EmailAddress | undefined,
  key: { organizationId: string | null; issuer: string; subject: string },
  now: number,
): { identity: Identity; writes: Write[] } {
  const { assertion, connection, project } = login;
  if (linking.action === "create") {
    const fields = {
      projectId: project.id,
      id: newId(now),
      organizationId: key.organizationId,
      address: address ?? null,
      emailVerified: address !== undefined,
      traits: { ...assertion.traits, ...(address ? { email: address.typed } : {}) },
    };
    const identity = newIdentity(fields, now);
    return { identity, writes: [store.createIdentity(identity), store.createOidcCredential(key, identity.id, now)] };
  }
  const before = linking.identity;
  const change = traitChange(
    before,
    connection,
    assertion,
    address,
    linking.action === "move_in" ? key.organizationId : before.organizationId,
  );
  const identity = change ? { ...before, ...change, revision: before.revision + 1, updatedAt: now } : before;
  return {
    identity,
    writes: [
      ...(linking.action === "move_in" ? store.endLocalCredentials(before.id) : []),
      ...(change ? [store.updateIdentity(before, change, now)] : []),
      ...(linking.action === "use" ? [] : [store.createOidcCredential(key, before.id, now)]),
    ],
  };
}

/**
 * What a login changes about a known person: the address follows the IdP, which has just proved it (T45); the other
 * traits only with `update_identity_on_login: automatic`. undefined when nothing changes.
 */
function traitChange(
  before: Identity,
  connection: Connection,
  assertion: Assertion,
  address: EmailAddress | undefined,
  organizationId: string | null,
): Pick<Identity, "email" | "emailDomain" | "emailVerified" | "traits" | "organizationId"> | undefined {
  const email = address?.canonical ?? before.email;
  const traits = {
    ...before.traits,
    ...(connection.updateIdentityOnLogin === "automatic" ? assertion.traits : {}),
    ...(address && email !== before.email ? { email: address.typed } : { email: before.traits["email"] }),
  };
  const after = {
    email,
    emailDomain: address?.domain ?? before.emailDomain,
    emailVerified: before.emailVerified || address !== undefined,
    traits,
    organizationId,
  };
  const same =
    after.email === before.email &&
    after.emailVerified === before.emailVerified &&
    after.organizationId === before.organizationId &&
    JSON.stringify(traits) === JSON.stringify(before.traits);
  return same ? undefined : after;
}
