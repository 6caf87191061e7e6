// Whether a login may be tried the quick way: written by the batch that reads what the gate judges, if the person is known
// and nothing about them or the connection changes. Most logins are, and it spares them a round trip to D1's primary.

import { newId } from "../../crypto/random.ts";
import type { KnownLogin } from "../../storage/known-login.ts";
import type { EmailAddress } from "../domains/email-address.ts";
import type { RequestContext } from "../events/event.ts";
import { successNotSince } from "./connection-health.ts";
import type { SessionGrant } from "./new-session.ts";
import type { SsoLogin } from "./person.ts";

/**
 * The login to try, or undefined when it could not be the quick one: social sign-in, a login for an app or with a session to
 * end, an address that is said to be unverified, a connection whose row or whose people's traits the login would change.
 * What only D1 knows is in the statements (storage/known-login.ts). The gate judges in every case.
 */
export function knownLogin(
  { connection, organization, assertion, transaction }: SsoLogin,
  { session, hash }: SessionGrant,
  previousToken: string | undefined,
  context: RequestContext,
): ((address: EmailAddress) => KnownLogin) | undefined {
  const { organizationId, previousClientSecret, pinnedTokenEndpoint, updateIdentityOnLogin, id, trustRevision } = connection;
  const isOrdinary = transaction.initCodeHash === undefined && previousToken === undefined && assertion.emailVerified !== false;
  const isSettled = previousClientSecret === null && pinnedTokenEndpoint !== null && updateIdentityOnLogin === "never";
  if (organizationId === null || organization === null || !isOrdinary || !isSettled) return undefined;
  const now = session.issuedAt;
  return (address) => ({
    session: { ...session, organizationId, connectionId: id, connectionTrustRevision: trustRevision },
    tokenHash: hash,
    credential: { issuer: assertion.issuer, subject: assertion.subject },
    address,
    event: { id: newId(now), what: { type: "login.succeeded", details: { method: "oidc", identity: "use" } }, context },
    notSince: successNotSince(connection, now),
  });
}
