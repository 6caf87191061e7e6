// The provider's room: keeps what was given out, says whether a session behind it may still be used, and records replays.

import { newId, randomToken } from "../../crypto/random.ts";
import type { Runtime } from "../../services.ts";
import { violatesUnique } from "../../storage/database.ts";
import { eventInsert } from "../../storage/events.ts";
import {
  artifactConsume,
  artifactDelete,
  artifactInsert,
  findArtifact,
  grantsOfSession,
  subjectSalt,
} from "../../storage/provider-artifacts.ts";
import { notFound } from "../errors.ts";
import type { RequestContext } from "../events/event.ts";
import { type Artifact, type ArtifactKind, artifactId } from "./artifact.ts";

export interface ProviderService {
  /** An artifact by its value, used up or not, with the grant it hangs on. One round trip. */
  find(projectId: string, kind: ArtifactKind, value: string): Promise<{ artifact?: Artifact; grant?: Artifact }>;
  /** Keeps artifacts, all or none. */
  save(artifacts: readonly Artifact[]): Promise<void>;
  /** Keeps something that may be seen once. @returns false when it has been seen before: of any number of callers one gets true */
  saveOnce(artifact: Artifact): Promise<boolean>;
  /** Uses an artifact up. @returns whether this caller is the one: of any number one gets true (T114, T117) */
  consume(projectId: string, kind: ArtifactKind, value: string): Promise<boolean>;
  destroy(projectId: string, kind: ArtifactKind, value: string): Promise<void>;
  /**
   * Somebody presented what had been used up: the grant goes, and with it everything that hangs on it, whether or not
   * the one who was first is still writing.
   */
  refuseReplay(projectId: string, kind: ArtifactKind, grant: GrantOf, context: RequestContext): Promise<void>;
  /** Ids of the apps that a session signed in to. */
  clientsOfSession(projectId: string, sessionId: string): Promise<string[]>;
  /** What the project's pairwise subjects are derived with; made at the first use. @throws {DomainError} `not_found` */
  subjectSalt(projectId: string): Promise<string>;
}

/** The grant behind a replayed code or token, and whose it is. */
export interface GrantOf {
  grantId: string;
  clientId: string;
  identityId: string;
}

export function createProviderService(runtime: Runtime): ProviderService {
  const dbOf = runtime.databaseFor;
  return {
    async find(projectId, kind, value) {
      const { artifact, grant } = await findArtifact(dbOf(projectId), projectId, artifactId(kind, value));
      return { ...(artifact ? { artifact } : {}), ...(grant ? { grant } : {}) };
    },

    async save(artifacts) {
      for (const [projectId, ofProject] of Map.groupBy(artifacts, (artifact) => artifact.projectId)) {
        await dbOf(projectId).commit(ofProject.map((artifact) => artifactInsert(dbOf(projectId), artifact)));
      }
    },

    async saveOnce(artifact) {
      const db = dbOf(artifact.projectId);
      try {
        await db.commit([artifactInsert(db, artifact)]);
        return true;
      } catch (error) {
        if (violatesUnique(error, "provider_artifacts")) return false;
        throw error;
      }
    },

    async consume(projectId, kind, value) {
      const db = dbOf(projectId);
      const [changed] = await db.commit([artifactConsume(db, projectId, artifactId(kind, value), runtime.clock())]);
      return changed === 1;
    },

    async destroy(projectId, kind, value) {
      const db = dbOf(projectId);
      await db.commit([artifactDelete(db, projectId, artifactId(kind, value))]);
    },

    async refuseReplay(projectId, kind, { grantId, clientId, identityId }, context) {
      const db = dbOf(projectId);
      const now = runtime.clock();
      const details = { artifact: kind, client_id: clientId };
      const event = { type: "provider.replay_refused", identityId, reason: "used_before", details } as const;
      await db.commit([
        artifactDelete(db, projectId, artifactId("Grant", grantId)),
        eventInsert(db, projectId, event, context, newId(now), now),
      ]);
    },

    async clientsOfSession(projectId, sessionId) {
      const grants = await grantsOfSession(dbOf(projectId), projectId, sessionId, runtime.clock());
      return [...new Set(grants.map((grant) => grant.payload["clientId"]).filter((id) => typeof id === "string"))];
    },

    async subjectSalt(projectId) {
      const salt = await subjectSalt(dbOf(projectId), projectId, randomToken(32), runtime.clock());
      if (salt === undefined) throw notFound("project");
      return salt;
    },
  };
}
