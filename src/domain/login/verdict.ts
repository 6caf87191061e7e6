// The verdict on an assertion: who it could stand for, whether the gate opens, and which identity it is. Reads and decides;
// what follows from it is the caller's.

import type { Assertion } from "../../protocols/connector.ts";
import type { KnownLogin } from "../../storage/known-login.ts";
import type { loginStore } from "../../storage/login.ts";
import type { Connection } from "../connections/connection.ts";
import { type EmailAddress, parseEmailAddress } from "../domains/email-address.ts";
import { type AdmissionRefusal, activeOwner, admit } from "./admission.ts";
import { type Linking, link } from "./linking.ts";

export type Verdict =
  | {
      ok: true;
      linking: Exclude<Linking, { action: "refuse" }>;
      address: EmailAddress | undefined;
      /** The key of the credential. */
      key: { organizationId: string | null; issuer: string; subject: string };
      /** The session of `known` has been written. */
      entered: boolean;
    }
  /** `identityId`: the account in question, when it is about one. */
  | { ok: false; reason: AdmissionRefusal; identityId?: string; entered: boolean };

/**
 * Admission and linking with rows of D1's primary. One round trip.
 * @param known makes the login that would be written if the person turns out to be known and unchanged
 */
export async function verdictOn(
  store: Pick<ReturnType<typeof loginStore>, "linkingFacts">,
  connection: Pick<Connection, "organizationId" | "state">,
  organization: { id: string; state: "enabled" | "disabled" } | null,
  assertion: Assertion,
  known?: (address: EmailAddress) => KnownLogin,
): Promise<Verdict> {
  const { organizationId } = connection;
  const parsed = assertion.email === undefined ? undefined : parseEmailAddress(assertion.email);
  const address = parsed?.ok ? parsed.address : undefined;
  const key = { organizationId, issuer: assertion.issuer, subject: assertion.subject };
  const { entered, ...facts } = await store.linkingFacts(
    key,
    address?.canonical ?? "",
    address?.domain ?? "",
    address && known?.(address),
  );

  const admission = admit({
    door: organizationId === null ? "social_sign_in" : "organization_sso",
    domainOwner: activeOwner(facts.domain),
    organization,
    connection,
    email: { present: assertion.email !== undefined, valid: address !== undefined, verified: assertion.emailVerified },
  });
  if (!admission.admit) return { ok: false, reason: admission.reason, entered };
  const linking = link({ ...facts, organizationId, issuer: assertion.issuer });
  if (linking.action !== "refuse") return { ok: true, linking, address, key, entered };
  const identityId = facts.byCredential?.id ?? facts.byEmail?.id;
  return { ok: false, reason: linking.reason, entered, ...(identityId === undefined ? {} : { identityId }) };
}
