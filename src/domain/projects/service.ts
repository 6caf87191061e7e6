// Projects: read, create, change, delete.

import { CONSOLE_SLUG } from "../../config.ts";
import { sha256OfBytes } from "../../crypto/digest.ts";
import { newId } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { ConstraintViolation, violatesUnique, type Write } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import { commitIf } from "../../storage/guard.ts";
import { findLogo, type Logo, logoDelete, logoUpsert } from "../../storage/logos.ts";
import { listOperatorGrants } from "../../storage/operators.ts";
import {
  findProject,
  findProjectBySlug,
  hostnamesOfOthers,
  listProjects,
  projectDelete,
  projectExists,
  projectInsert,
  projectUpdate,
} from "../../storage/projects.ts";
import { revisionConflict, taken } from "../conflicts.ts";
import { DomainError, notFound } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import { keepOwner, lastOwner } from "../operators/last-owner.ts";
import { cutPage, type Page, type PageRequest } from "../page.ts";
import { acceptLogo } from "./branding.ts";
import type { OperatorRole } from "./operator-access.ts";
import { createPlacing, projectMoving } from "./placing.ts";
import type { Project } from "./project.ts";
import { type AcceptedProjectFields, acceptProjectFields, type ProjectFields } from "./rules.ts";

export interface ProjectService {
  /** One round trip. @throws {DomainError} `not_found` */
  get(projectId: string): Promise<Project>;
  findBySlug(slug: string): Promise<Project | undefined>;
  /** Every grant of an operator, who is an identity of the console project. */
  operatorGrants(consoleProjectId: string, identityId: string): Promise<{ projectId: string; role: OperatorRole }[]>;
  /** @param page.among only these, when the caller does not reach all */
  list(page: PageRequest & { among?: readonly string[] | undefined }): Promise<Page<Project>>;
  /**
   * @param id given by a form that may be sent twice: when a project of that id is there already, it is the answer
   * @param fields.database the place of its data; without it, that of the fewest projects
   * @throws {DomainError} `unacceptable`; `slug_taken`; `hostname_taken`
   */
  create(
    fields: ProjectFields & { name: string; slug: string; database?: number | undefined },
    context: RequestContext,
    id?: string,
  ): Promise<Project>;
  /**
   * Replaces the fields that are given.
   * @param expectedRevision the revision the caller has read; when it has moved: `revision_conflict`
   * @throws {DomainError} as `create`; `last_owner` when the console project's last owner has nothing but a password
   */
  update(
    projectId: string,
    fields: ProjectFields,
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<Project>;
  /** The bytes of the logo, with their type; undefined without one. One round trip. */
  logo(projectId: string): Promise<Logo | undefined>;
  /**
   * Changes the look: what is given, null takes it away.
   * @param look.logo the bytes of an image
   * @throws {DomainError} `validation_failed` naming `logo` or `branding.accent_color`; `revision_conflict`
   */
  rebrand(
    projectId: string,
    look: { accentColor?: string | null; logo?: Uint8Array | null | undefined },
    expectedRevision: number | undefined,
    context: RequestContext,
  ): Promise<Project>;
  /**
   * Deletes everything in the project. The audit event goes to the console project, for the project's own log goes too.
   * @throws {DomainError} `project_protected` for the console project and the default project; `project_moving`
   */
  delete(projectId: string, context: RequestContext): Promise<void>;
}

const ATTEMPTS = 3;

export function createProjectService(runtime: Runtime): ProjectService {
  const { clock, directory, placement, config } = runtime;
  const placing = createPlacing(runtime);
  const baseHost = config.baseUrl.hostname;

  async function get(projectId: string): Promise<Project> {
    const askedAt = clock();
    const project = await findProject(directory, projectId);
    if (!project) throw notFound("project");
    placement.learn(project, askedAt);
    return project;
  }

  async function tryUpdate(
    before: Project,
    accepted: AcceptedProjectFields & { logoDigest?: string | null },
    context: RequestContext,
    writes: readonly Write[],
  ): Promise<Project | "moved"> {
    const now = clock();
    const after: Project = { ...before, ...accepted, revision: before.revision + 1, updatedAt: now };
    const changed = changedFields(before, after);
    if (changed.length === 0) return before;
    const keeps = before.passwordLogin && !after.passwordLogin ? [keepOwner(directory, after.id)] : [];
    try {
      await directory.commit([
        ...projectUpdate(directory, after),
        ...writes,
        ...keeps,
        eventInsert(directory, after.id, { type: "project.updated", details: { changed } }, context, newId(now), now),
      ]);
    } catch (error) {
      if (error instanceof ConstraintViolation && error.on.startsWith("projects.revision")) return "moved";
      throw lastOwner(error, "password_login") ?? (await explain(error, after, runtime));
    }
    return after;
  }

  async function change(
    projectId: string,
    accepted: AcceptedProjectFields & { logoDigest?: string | null },
    expectedRevision: number | undefined,
    context: RequestContext,
    writes: readonly Write[] = [],
  ): Promise<Project> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await get(projectId);
      if (expectedRevision !== undefined && before.revision !== expectedRevision) throw revisionConflict();
      const result = await tryUpdate(before, accepted, context, writes);
      if (result === "moved") continue;
      await placing.follow(result);
      return result;
    }
    throw revisionConflict();
  }

  return {
    get,
    findBySlug: (slug) => findProjectBySlug(directory, slug),
    operatorGrants: (consoleProjectId, identityId) => listOperatorGrants(directory, consoleProjectId, identityId),

    async list(page) {
      const found = await listProjects(directory, { ...page, limit: page.limit + 1 });
      return cutPage(found, page.limit);
    },

    async create(fields, context, id) {
      const { name = "", ...accepted } = acceptProjectFields(fields, baseHost);
      const now = clock();
      const wanted: Project = {
        hostnames: [],
        allowedReturnUrls: [],
        sessionLifespan: "24h",
        passwordLogin: true,
        registration: true,
        accentColor: null,
        logoDigest: null,
        ...accepted,
        place: 0,
        moving: false,
        name,
        id: id ?? newId(now),
        slug: fields.slug,
        revision: 1,
        createdAt: now,
        updatedAt: now,
      };
      const project = await placing.place(wanted, fields.database);
      const details = { slug: project.slug };
      try {
        await directory.commit([
          ...projectInsert(directory, project),
          eventInsert(directory, project.id, { type: "project.created", details }, context, newId(now), now),
        ]);
      } catch (error) {
        if (error instanceof ConstraintViolation) await placing.abandon(project);
        const earlier = id !== undefined && violatesUnique(error, "projects") ? await findProject(directory, id) : undefined;
        if (earlier?.slug === project.slug) return earlier;
        throw await explain(error, project, runtime);
      }
      return project;
    },

    async update(projectId, fields, expectedRevision, context) {
      return await change(projectId, acceptProjectFields(fields, baseHost), expectedRevision, context);
    },

    logo: (projectId) => findLogo(directory, projectId),

    async rebrand(projectId, { accentColor, logo }, expectedRevision, context) {
      const accepted = acceptProjectFields({ accentColor }, baseHost);
      if (logo === undefined) return await change(projectId, accepted, expectedRevision, context);
      if (logo === null) {
        const write = logoDelete(directory, projectId);
        return await change(projectId, { ...accepted, logoDigest: null }, expectedRevision, context, [write]);
      }
      const write = logoUpsert(directory, projectId, { mediaType: acceptLogo(logo), bytes: logo }, clock());
      return await change(projectId, { ...accepted, logoDigest: sha256OfBytes(logo) }, expectedRevision, context, [write]);
    },

    async delete(projectId, context) {
      const project = await get(projectId);
      const { slug } = project;
      if (slug === CONSOLE_SLUG || slug === config.defaultProjectSlug) throw projectProtected();
      await placing.clear(project);
      const log = await findProjectBySlug(directory, CONSOLE_SLUG);
      const now = clock();
      const event = { type: "project.deleted" as const, details: { project_id: projectId, slug } };
      const deletes = projectDelete(directory, projectId);
      // Of several who delete it at once, one did: a row that is gone can carry no guard, so the console's does.
      const record = () => eventInsert(directory, log?.id ?? "", event, context, newId(now), now);
      const changed = await (log
        ? commitIf(directory, log.id, projectExists(projectId), [...deletes, record()])
        : directory.commit(deletes)
      ).catch((error: unknown) => {
        // A move that has begun meanwhile is all that still rests on the project.
        throw error instanceof ConstraintViolation && error.kind === "foreign_key" ? projectMoving() : error;
      });
      placement.forget(projectId);
      if (!changed?.[deletes.length - 1]) throw notFound("project");
    },
  };
}

function projectProtected(): DomainError {
  return new DomainError({
    kind: "conflict",
    code: "project_protected",
    message: "The console project and the default project cannot be deleted.",
  });
}

/** What a refused commit means for the caller. */
async function explain(error: unknown, wanted: Project, { directory }: Runtime): Promise<unknown> {
  if (violatesUnique(error, "projects")) {
    return taken("slug_taken", [{ field: "slug", code: "slug_taken", message: `The slug ${wanted.slug} is taken.` }]);
  }
  if (violatesUnique(error, "project_hostnames")) {
    const others = await hostnamesOfOthers(directory, wanted.id, wanted.hostnames);
    const fields = others.map((hostname) => ({
      field: `hostnames[${wanted.hostnames.indexOf(hostname)}]`,
      code: "hostname_taken",
      message: `Another project answers on ${hostname}.`,
    }));
    const moved = { field: "hostnames", code: "hostname_taken", message: "Another project answers on one of these names." };
    return taken("hostname_taken", fields.length > 0 ? fields : [moved]);
  }
  const gone = error instanceof ConstraintViolation && error.kind === "foreign_key";
  return gone ? notFound("project") : error;
}

const WIRE_NAMES = {
  name: "name",
  hostnames: "hostnames",
  allowedReturnUrls: "allowed_return_urls",
  sessionLifespan: "session_lifespan",
  passwordLogin: "password_login",
  registration: "registration",
  accentColor: "branding.accent_color",
  logoDigest: "logo",
} as const;

function changedFields(before: Project, after: Project): string[] {
  const keys = Object.keys(WIRE_NAMES) as (keyof typeof WIRE_NAMES)[];
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map((key) => WIRE_NAMES[key]);
}
