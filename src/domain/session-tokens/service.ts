// Sessions as JWTs, for applications that check them at their own edge, and the templates that say what is in them.

import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { clientsAmong } from "../../storage/clients.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import {
  findTemplate,
  listTemplates,
  mayPutTemplate,
  templateDelete,
  templateExists,
  templatePut,
} from "../../storage/session-token-templates.ts";
import { revisionConflict } from "../conflicts.ts";
import { DomainError, notFound, unacceptable } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import type { Identity } from "../identities/identity.ts";
import { originOf } from "../projects/hosts.ts";
import type { Project } from "../projects/project.ts";
import type { Session } from "../sessions/session.ts";
import type { SigningKeyService } from "../signing-keys/service.ts";
import { sessionTokenClaims } from "./claims.ts";
import { acceptTemplate, type TemplateFields } from "./rules.ts";
import type { SessionTokenTemplate } from "./template.ts";

export interface SessionTokenService {
  /** All templates of a project, by name. */
  list(projectId: string): Promise<SessionTokenTemplate[]>;
  /** @throws {DomainError} `not_found` */
  get(projectId: string, name: string): Promise<SessionTokenTemplate>;
  /**
   * Makes the template or replaces it; what is left out has its default.
   * @throws {DomainError} `unacceptable`; `too_many_templates`; `revision_conflict` when others never stop
   */
  put(projectId: string, name: string, fields: TemplateFields, context: RequestContext): Promise<SessionTokenTemplate>;
  /** @throws {DomainError} `not_found` */
  delete(projectId: string, name: string, context: RequestContext): Promise<void>;
  /**
   * A session that has just been judged usable, as a JWT (`typ: JWT`). One round trip for the template.
   * @throws {DomainError} `not_found` for an unknown template; `session_token_without_subject`
   */
  tokenize(project: Project, name: string, session: Session, identity: Identity): Promise<string>;
}

const MAX_TEMPLATES = 20;
/** How often a template is put anew when others make or delete it at the same time. */
const ATTEMPTS = 3;

export function createSessionTokenService(runtime: Runtime, signingKeys: SigningKeyService): SessionTokenService {
  const { clock, databaseFor, config } = runtime;

  async function get(projectId: string, name: string): Promise<SessionTokenTemplate> {
    const template = await findTemplate(databaseFor(projectId), projectId, name);
    if (!template) throw notFound("session token template");
    return template;
  }

  /** A token for an app's own client_id would pass for its ID token (T118). Apps made later have ids nobody could name before. */
  async function refuseAppsAsAudience(projectId: string, audience: readonly string[]): Promise<void> {
    if (audience.length === 0) return;
    const apps = await clientsAmong(databaseFor(projectId), projectId, audience);
    if (apps.length === 0) return;
    const message = "This is an app's client_id. Its ID tokens have it as their audience; choose another name.";
    throw unacceptable(apps.map((id) => ({ field: `audience[${audience.indexOf(id)}]`, code: "audience_is_client", message })));
  }

  /** Undefined when there is no room for it, or when it has come or gone since it was read. */
  async function tryPut(
    projectId: string,
    settings: ReturnType<typeof acceptTemplate>,
    before: SessionTokenTemplate | undefined,
    context: RequestContext,
  ): Promise<SessionTokenTemplate | undefined> {
    const db = databaseFor(projectId);
    const now = clock();
    const template: SessionTokenTemplate = { projectId, ...settings, createdAt: before?.createdAt ?? now, updatedAt: now };
    const { name, ttl } = template;
    const event = { type: "session_token_template.saved" as const, details: { name, ttl_seconds: ttl } };
    const ground = mayPutTemplate(projectId, name, { madeAt: before?.createdAt, most: MAX_TEMPLATES });
    const writes = [templatePut(db, template), eventInsert(db, projectId, event, context, newId(now), now)];
    return (await commitIf(db, projectId, ground, writes)) && template;
  }

  return {
    list: (projectId) => listTemplates(databaseFor(projectId), projectId, MAX_TEMPLATES),
    get,

    async put(projectId, name, fields, context) {
      const settings = acceptTemplate(name, fields);
      await refuseAppsAsAudience(projectId, settings.audience);
      await signingKeys.ensure(projectId, settings.alg, context);
      let before = await findTemplate(databaseFor(projectId), projectId, name);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const template = await tryPut(projectId, settings, before, context);
        if (template) return template;
        const found = await findTemplate(databaseFor(projectId), projectId, name);
        if (found?.createdAt === before?.createdAt) throw tooManyTemplates();
        before = found;
      }
      throw revisionConflict();
    },

    async delete(projectId, name, context) {
      const db = databaseFor(projectId);
      const now = clock();
      const event = { type: "session_token_template.deleted" as const, details: { name } };
      const deleted = await commitIf(db, projectId, templateExists(projectId, name), [
        templateDelete(db, projectId, name),
        eventInsert(db, projectId, event, context, newId(now), now),
      ]);
      if (!deleted) throw notFound("session token template");
    },

    async tokenize(project, name, session, identity) {
      const template = await get(project.id, name);
      const now = clock();
      const issuer = originOf(project, config);
      const claims = sessionTokenClaims({ session, identity, template, issuer, jti: newId(now), now });
      if (!claims) throw withoutSubject();
      return await signingKeys.sign(project.id, { alg: template.alg, typ: "JWT", claims });
    },
  };
}

function tooManyTemplates(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "too_many_templates",
    message: `A project has at most ${MAX_TEMPLATES} session token templates.`,
  });
}

function withoutSubject(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "session_token_without_subject",
    message: "This template's subject is the e-mail address, and the person has none.",
  });
}
