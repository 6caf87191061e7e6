// A client secret that is replaced while people sign in: the one before stays beside it until the new one has worked. What
// the connection becomes; the service stores it, and the login that shows that the new one works forgets the old one.

import type { Sealer } from "../../crypto/seal.ts";
import { DomainError } from "../errors.ts";
import { type Connection, sealPurpose } from "./connection.ts";
import type { ConnectionDraft } from "./draft.ts";
import { acceptSecret } from "./rules.ts";

interface Tools {
  sealer: Sealer;
  /** Milliseconds. */
  now: number;
}

/**
 * The connection with a new secret, and the one before kept. While an earlier rotation is still waiting, what is kept is
 * the secret that has worked, not the one that has not. The secret that is stored already changes nothing.
 * @throws {DomainError} `unacceptable` naming client_secret
 */
export async function rotateSecret(before: Connection, secret: string, { sealer, now }: Tools): Promise<ConnectionDraft> {
  acceptSecret(before.tokenEndpointAuthMethod, secret);
  const current = await openSecret(before, "client_secret", sealer);
  if (current === secret) return { connection: before, changed: [] };
  const known = before.previousClientSecret === null ? current : await openSecret(before, "previous_client_secret", sealer);
  // Going back to the kept secret by typing it leaves nothing to keep.
  const kept = known === undefined || known === secret ? null : known;
  return {
    connection: {
      ...before,
      clientSecret: await sealer.seal(sealPurpose(before, "client_secret"), secret),
      previousClientSecret: kept === null ? null : await sealer.seal(sealPurpose(before, "previous_client_secret"), kept),
      revision: before.revision + 1,
      updatedAt: now,
    },
    changed: ["client_secret"],
  };
}

/** The connection with the old secret as its only one. @throws {DomainError} `no_previous_client_secret` */
export async function restoreSecret(before: Connection, { sealer, now }: Tools): Promise<ConnectionDraft> {
  if (before.previousClientSecret === null) throw nothingKept();
  const previous = await openSecret(before, "previous_client_secret", sealer);
  if (previous === undefined) throw unreadable();
  return {
    connection: {
      ...before,
      clientSecret: await sealer.seal(sealPurpose(before, "client_secret"), previous),
      previousClientSecret: null,
      revision: before.revision + 1,
      updatedAt: now,
    },
    changed: ["client_secret"],
  };
}

/** The connection without the old secret. @throws {DomainError} `no_previous_client_secret` */
export function forgetSecret(before: Connection, { now }: Pick<Tools, "now">): ConnectionDraft {
  if (before.previousClientSecret === null) throw nothingKept();
  return {
    connection: { ...before, previousClientSecret: null, revision: before.revision + 1, updatedAt: now },
    changed: ["previous_client_secret"],
  };
}

async function openSecret(
  connection: Connection,
  column: "client_secret" | "previous_client_secret",
  sealer: Sealer,
): Promise<string | undefined> {
  const sealed = column === "client_secret" ? connection.clientSecret : connection.previousClientSecret;
  return sealed === null ? undefined : await sealer.open(sealPurpose(connection, column), sealed);
}

function unreadable(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "secret_unreadable",
    message: "The old secret does not open with the configured encryption keys. Give the connection its client secret again.",
  });
}

function nothingKept(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "no_previous_client_secret",
    message: "No old secret is kept any more: a login has succeeded with the new one, or it was given up.",
  });
}
