// Passwords: signing in and registering. Both ask D1 first, in one trip, who owns the address's domain, and the gate
// before anything else; a store that cannot answer ends the attempt (F11), it never falls through to the password.

import { hashPassword, isOutdatedHash, verifyPassword } from "../../crypto/passwords.ts";
import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { attemptStore } from "../../storage/attempts.ts";
import { ConstraintViolation, violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { guardRefused } from "../../storage/guard.ts";
import { loginStore } from "../../storage/login.ts";
import type { EmailAddress } from "../domains/email-address.ts";
import { notFound } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import type { Identity } from "../identities/identity.ts";
import { newIdentity } from "../identities/new-identity.ts";
import { latestSettings, type Project } from "../projects/project.ts";
import { sessionExpiry } from "../sessions/lifespan.ts";
import { activeOwner, admit } from "./admission.ts";
import { attemptKeys, KNOWN_NETWORK_MS, lockedFor, networkOf, PASSWORD_RULES, REGISTRATION_RULE, tooEarly } from "./attempts.ts";
import type { LoggedIn, LoginRefusalReason, LoginRefused, LoginService } from "./login.ts";
import { endPrevious, newSession } from "./new-session.ts";
import { refusePassword } from "./password-policy.ts";
import { refuse, refused } from "./refusal.ts";
import { route } from "./routing.ts";

export function createLocalLogin(runtime: Runtime): Pick<LoginService, "loginWithPassword" | "register"> {
  return {
    async loginWithPassword(project, request, context) {
      const { address, password } = request;
      const db = runtime.databaseFor(project.id);
      const attempts = attemptStore(db, project.id);
      const now = runtime.clock();
      const keys = keysOf(address, context);
      const store = loginStore(db, project.id);
      const [before, , , , facts, identities, hashes] = await db.readAll([
        attempts.before([keys.accountFromNetwork, keys.account, keys.network, keys.knownNetwork]),
        attempts.count(keys.accountFromNetwork, PASSWORD_RULES.accountFromNetwork, now),
        attempts.count(keys.account, PASSWORD_RULES.account, now),
        attempts.count(keys.network, PASSWORD_RULES.network, now),
        ...store.localReads(address.canonical, address.domain),
      ]);
      const { project: stored, ...ground } = store.routingFactsOf(facts);
      if (!stored) throw notFound("project");
      const settings = latestSettings(stored, project);
      const routing = route({ ...ground, project: settings });
      const identity = identities[0] as Identity | undefined;
      const deny = (reason: LoginRefusalReason) =>
        refuse(runtime, { type: "login.refused", projectId: project.id, reason, context, routing });

      const retryAfter = tooEarly(keys, before, now);
      if (retryAfter !== undefined) return refused("too_many_attempts", context.requestId, { retryAfter, routing });
      const admission = admit({ door: "password_login", domainOwner: activeOwner(ground.domain) });
      if (!admission.admit) return deny(admission.reason);
      if (!settings.passwordLogin) return deny("password_login_disabled");
      const hash = hashes[0]?.hash;
      const matches = await verifyPassword(hash, password);
      if (!matches || !identity || hash === undefined || identity.state !== "active" || identity.organizationId !== null) {
        return deny("credentials_invalid");
      }

      const writes = [
        attempts.forget([keys.accountFromNetwork]),
        attempts.uncount(keys.account, PASSWORD_RULES.account),
        attempts.uncount(keys.network, PASSWORD_RULES.network),
        attempts.remember(keys.knownNetwork, now + KNOWN_NETWORK_MS),
        ...(isOutdatedHash(hash) ? [store.replacePassword(identity.id, await hashPassword(password), now)] : []),
      ];
      return enter({ ...project, ...settings }, identity, writes, "login.succeeded", request, context);
    },

    async register(project, request, context) {
      const { address, password } = request;
      const db = runtime.databaseFor(project.id);
      const attempts = attemptStore(db, project.id);
      const now = runtime.clock();
      const key = keysOf(address, context).registration;
      const store = loginStore(db, project.id);
      const [before, , facts, identities] = await db.readAll([
        attempts.before([key]),
        attempts.count(key, REGISTRATION_RULE, now),
        ...store.localReads(address.canonical, address.domain),
      ]);
      const { project: stored, ...ground } = store.routingFactsOf(facts);
      if (!stored) throw notFound("project");
      const settings = latestSettings(stored, project);
      const routing = route({ ...ground, project: settings });
      const deny = (reason: LoginRefusalReason) =>
        refuse(runtime, { type: "registration.refused", projectId: project.id, reason, context, routing });

      const retryAfter = lockedFor([key], before, now);
      if (retryAfter !== undefined) return refused("too_many_attempts", context.requestId, { retryAfter, routing });
      const admission = admit({ door: "registration", domainOwner: activeOwner(ground.domain) });
      if (!admission.admit) return deny(admission.reason);
      const open = settings.registration || request.invited !== undefined;
      if (!open || !settings.passwordLogin) return deny("registration_disabled");
      const problem = await refusePassword(password, address.canonical);
      if (problem) return refused(problem, context.requestId, { routing });
      if (identities[0]) return deny("email_taken");

      const traits = { email: address.typed, ...(request.name === undefined ? {} : { name: request.name }) };
      const fields = { projectId: project.id, id: newId(now), organizationId: null, address, emailVerified: false, traits };
      const identity = newIdentity(fields, now);
      const invited = request.invited?.(identity);
      const writes = [
        ...(invited ? [invited.before] : []),
        store.createIdentity(identity),
        store.createPassword(identity.id, await hashPassword(password), now),
        ...(invited?.after ?? []),
      ];
      try {
        return await enter({ ...project, ...settings }, identity, writes, "registration.succeeded", request, context);
      } catch (error) {
        if (violatesUnique(error, "identities")) return deny("email_taken");
        throw error;
      }
    },
  };

  function keysOf(address: EmailAddress, context: RequestContext) {
    return attemptKeys(runtime.sealer.macKey("attempts"), address.canonical, networkOf(context.ipAddress));
  }

  /** One batch: what the door writes, the session, the audit event; or nothing, when the domain was claimed meanwhile. */
  async function enter(
    project: Project,
    identity: Identity,
    writes: readonly Write[],
    type: "login.succeeded" | "registration.succeeded",
    request: { returnTo: string; previousToken?: string },
    context: RequestContext,
  ): Promise<LoggedIn | LoginRefused> {
    const db = runtime.databaseFor(project.id);
    const store = loginStore(db, project.id);
    const now = runtime.clock();
    const grant = newSession(
      {
        projectId: project.id,
        identityId: identity.id,
        method: { method: "password" },
        organizationId: null,
        connection: null,
        authenticatedAt: now,
        expiresAt: sessionExpiry(project, null, undefined, now),
      },
      context,
      now,
    );
    const actor = { type: "identity", id: identity.id } as const;
    try {
      await db.commit([
        ...writes,
        ...endPrevious(store, request.previousToken),
        store.createSession(grant.session, grant.hash, identity.emailDomain),
        eventInsert(
          db,
          project.id,
          { type, identityId: identity.id, details: { method: "password" } },
          { ...context, actor },
          newId(now),
          now,
        ),
      ]);
    } catch (error) {
      if (!(error instanceof ConstraintViolation) || error.kind === "unique" || guardRefused(error)) throw error;
      const refusal = type === "login.succeeded" ? "login.refused" : "registration.refused";
      return refuse(runtime, { type: refusal, projectId: project.id, reason: "sso_required", context });
    }
    return { ok: true, identity, session: grant.session, token: grant.token, returnTo: request.returnTo };
  }
}
