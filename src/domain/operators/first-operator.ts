// The first operator of an installation: made by whoever has the root key, once. The commit makes the console project when
// there is none, the person with a password, the access to everything, and the session that they go on with.

import { CONSOLE_SLUG } from "../../config.ts";
import { equalSecrets, hmac } from "../../crypto/digest.ts";
import { hashPassword } from "../../crypto/passwords.ts";
import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, violatesUnique } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { countSetUpAttempt, firstOperatorInsert, isSetUp, setUpAttemptsDelete } from "../../storage/first-operator.ts";
import { loginWrites } from "../../storage/login-writes.ts";
import { grantInsert, waysOf } from "../../storage/operators.ts";
import { findProjectBySlug, projectInsert } from "../../storage/projects.ts";
import { taken } from "../conflicts.ts";
import { type EmailAddress, parseEmailAddress } from "../domains/email-address.ts";
import { DomainError, type FieldError, unacceptable } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import { createExpiringCache } from "../expiring-cache.ts";
import { refusalMessage } from "../flows/messages.ts";
import { newIdentity } from "../identities/new-identity.ts";
import { acceptLabel } from "../label.ts";
import { admit } from "../login/admission.ts";
import { networkOf, SETUP_RULE } from "../login/attempts.ts";
import { newSession } from "../login/new-session.ts";
import { refusePassword } from "../login/password-policy.ts";
import type { Project } from "../projects/project.ts";
import { sessionExpiry } from "../sessions/lifespan.ts";
import type { Session } from "../sessions/session.ts";

export interface FirstOperatorFields {
  rootKey: string;
  email: string;
  name: string;
  password: string;
}

export interface FirstOperator {
  /** Whether the first operator has been made. Remembered once it is so. */
  isSetUp(): Promise<boolean>;
  /**
   * Makes the first operator and signs them in. Of any number of callers one succeeds (T112).
   * @throws {DomainError} `already_set_up`; `validation_failed`, with `root_key` when it is wrong; `too_many_attempts`
   */
  setUp(fields: FirstOperatorFields, context: RequestContext): Promise<{ session: Session; token: string }>;
}

/** Milliseconds for which "it is set up" is believed without asking. */
const KNOWN_TTL = 60_000;

export function createFirstOperator(runtime: Runtime): FirstOperator {
  const { clock, directory, config, sealer } = runtime;
  const known = createExpiringCache<true>(1, clock);

  async function done(): Promise<boolean> {
    if (known.get("")) return true;
    if (!(await isSetUp(directory, CONSOLE_SLUG))) return false;
    known.set("", true, KNOWN_TTL);
    return true;
  }

  /** @throws {DomainError} `too_many_attempts`; `validation_failed` */
  async function requireRootKey(rootKey: string, context: RequestContext): Promise<void> {
    const now = clock();
    const digest = hmac(sealer.macKey("attempts"), `setup\n${networkOf(context.ipAddress)}`);
    // One of 64 counters, so that strangers cannot fill the table; networks share them.
    const { lockedUntil } = await countSetUpAttempt(directory, digest.slice(0, 1), SETUP_RULE, now);
    if (lockedUntil > now) throw tooManyAttempts(Math.ceil((lockedUntil - now) / 1000));
    if (equalSecrets(rootKey, config.rootKey)) return;
    throw unacceptable([
      { field: "root_key", code: "root_key_wrong", message: "This is not the root key of this installation." },
    ]);
  }

  async function commit(
    home: Project,
    isNew: boolean,
    person: { address: EmailAddress; name: string; password: string },
    context: RequestContext,
  ): Promise<{ session: Session; token: string }> {
    const { address, name, password } = person;
    const now = clock();
    const traits = { email: address.typed, name };
    const fields = { projectId: home.id, id: newId(now), organizationId: null, address, emailVerified: false, traits };
    const identity = newIdentity(fields, now);
    const grant = newSession(
      {
        projectId: home.id,
        identityId: identity.id,
        method: { method: "password" },
        organizationId: null,
        connection: null,
        authenticatedAt: now,
        expiresAt: sessionExpiry(home, null, undefined, now),
      },
      context,
      now,
    );
    const writes = loginWrites(directory, home.id);
    const asRoot = { ...context, actor: { type: "root_key", id: null } as const };
    const details = { operator_id: identity.id, role: "owner", first: true };
    const access = {
      projectId: home.id,
      operatorProjectId: home.id,
      operatorId: identity.id,
      role: "owner",
      createdAt: now,
    } as const;
    await directory.commit([
      firstOperatorInsert(directory, CONSOLE_SLUG, now),
      setUpAttemptsDelete(directory),
      ...(isNew ? projectInsert(directory, home) : []),
      writes.createIdentity(identity),
      writes.createPassword(identity.id, await hashPassword(password), now),
      grantInsert(directory, access),
      writes.createSession(grant.session, grant.hash, identity.emailDomain),
      eventInsert(directory, home.id, { type: "operator.joined", details }, asRoot, newId(now), now),
    ]);
    return { session: grant.session, token: grant.token };
  }

  return {
    isSetUp: done,

    async setUp(fields, context) {
      if (await done()) throw alreadySetUp();
      await requireRootKey(fields.rootKey, context);
      const person = await acceptPerson(fields);
      const existing = await findProjectBySlug(directory, CONSOLE_SLUG);
      if (existing) await requireNobody(existing, person.address);
      try {
        const session = await commit(existing ?? newConsole(clock()), !existing, person, context);
        known.set("", true, KNOWN_TTL);
        return session;
      } catch (error) {
        if (!(error instanceof ConstraintViolation)) throw error;
        if (violatesUnique(error, "instance_state") || error.on.startsWith("instance_state.")) throw alreadySetUp();
        if (violatesUnique(error, "identities")) throw addressTaken();
        // Between reading and committing a console project was made, or an organization took the domain.
        throw movedOn();
      }
    },
  };

  /** @throws {DomainError} when the address has an account there, or signs in through an organization */
  async function requireNobody(home: Project, address: EmailAddress): Promise<void> {
    const { account, owner } = await waysOf(directory, home.id, address.canonical, address.domain);
    if (!admit({ door: "registration", domainOwner: owner }).admit) {
      const message = "This address signs in through an organization of the console project. Use another one.";
      throw unacceptable([{ field: "email", code: "sso_required", message }]);
    }
    if (account) throw addressTaken();
  }
}

/** The operators' own project as it begins: nobody signs up there by themselves. */
function newConsole(now: number): Project {
  return {
    id: newId(now),
    slug: CONSOLE_SLUG,
    name: "Orgate Console",
    hostnames: [],
    allowedReturnUrls: [],
    sessionLifespan: "24h",
    passwordLogin: true,
    registration: false,
    accentColor: null,
    logoDigest: null,
    place: 0,
    moving: false,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** @throws {DomainError} `validation_failed` with every field that breaks a rule */
async function acceptPerson({ email, name, password }: FirstOperatorFields) {
  const problems: FieldError[] = [];
  const parsed = parseEmailAddress(email);
  if (!parsed.ok) problems.push({ field: "email", code: parsed.reason, message: parsed.message });
  const accepted = acceptLabel("name", name, problems);
  const weakness = await refusePassword(password, parsed.ok ? parsed.address.canonical : "");
  if (weakness)
    problems.push({
      field: "password",
      code: weakness,
      message: refusalMessage(weakness, "registration")?.text ?? "Choose another password.",
    });
  if (!parsed.ok || problems.length > 0) throw unacceptable(problems);
  return { address: parsed.address, name: accepted, password };
}

function alreadySetUp(): DomainError {
  return new DomainError({ kind: "conflict", code: "already_set_up", message: "There is an operator already. Sign in instead." });
}

function addressTaken(): DomainError {
  const message = "A person of the console project has this address already. Use another one.";
  return taken("email_taken", [{ field: "email", code: "email_taken", message }]);
}

function movedOn(): DomainError {
  return new DomainError({ kind: "conflict", code: "revision_conflict", message: "Something changed meanwhile. Try again." });
}

function tooManyAttempts(retryAfter: number): DomainError {
  return new DomainError({
    kind: "rate_limited",
    code: "too_many_attempts",
    message: "Too many attempts with a wrong root key. Wait before you try again.",
    retryAfter,
  });
}
