// What a login says about the connection it went through: which refusals count as the connection's failure, and what a login
// that came through leaves on its row.

import type { Assertion } from "../../protocols/connector.ts";
import { previousSecretForget, succeededUpdate, tokenEndpointPin } from "../../storage/connection-health.ts";
import type { Database, Write } from "../../storage/database.ts";
import type { Connection } from "../connections/connection.ts";
import type { LoginRefusalReason } from "./login.ts";

/** Milliseconds: a later success within them is not written, so that it costs a login no row. */
const PRECISION_MS = 10 * 60_000;

/**
 * Refusals after the identity provider was asked that say nothing about the connection: codes and nonces that any browser
 * can make up in a callback, and what is about one person or about what changed meanwhile.
 */
const NOT_ABOUT_CONNECTION: readonly LoginRefusalReason[] = [
  "invalid_grant",
  "nonce_mismatch",
  "sso_required",
  "identity_inactive",
  "connection_changed",
  "connection_disabled",
  "organization_disabled",
];

/** Whether a refusal after the identity provider was asked counts as a failure of the connection. */
export function isFailureOfConnection(reason: LoginRefusalReason): boolean {
  return !NOT_ABOUT_CONNECTION.includes(reason);
}

/** For the commit of a login that came through: no more than one row, and none at most times. */
export function afterSuccess(db: Database, connection: Connection, assertion: Assertion, now: number): Write[] {
  const { previousClientSecret, pinnedTokenEndpoint } = connection;
  const waiting = previousClientSecret !== null;
  const notSince = successNotSince(connection, now);
  return [
    ...(notSince === undefined ? [] : [succeededUpdate(db, connection, now, notSince)]),
    ...(waiting && assertion.credential === "current" ? [previousSecretForget(db, connection)] : []),
    ...(pinnedTokenEndpoint === null ? [tokenEndpointPin(db, connection, assertion.tokenEndpoint)] : []),
  ];
}

/**
 * A success recorded at or after this need not be recorded again, milliseconds; undefined when there is one. While two
 * secrets are stored, the first success after the rotation tells that the old one is still in use.
 */
export function successNotSince(
  { lastSucceededAt, previousClientSecret, updatedAt }: Connection,
  now: number,
): number | undefined {
  const notSince = previousClientSecret === null ? now - PRECISION_MS : Math.max(now - PRECISION_MS, updatedAt);
  return lastSucceededAt === null || lastSucceededAt <= notSince ? notSince : undefined;
}
