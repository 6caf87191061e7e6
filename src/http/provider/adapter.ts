// The library's storage. Sessions are ours and read-only to it; an interrupted request lives in the browser; clients come
// from the clients' room; what is given out is kept in D1, used up atomically, all of one request in one commit.

import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import { DomainError } from "../../domain/errors.ts";
import { ARTIFACT_KINDS, type Artifact, type ArtifactKind, artifactId } from "../../domain/provider/artifact.ts";
import { authenticationClaims, type ClaimsSource } from "../../domain/provider/claims.ts";
import type { ClientKeys } from "./client-keys.ts";
import { clientMetadata } from "./client-metadata.ts";
import type { ProviderRequest } from "./request.ts";

/** One adapter per model of the library, all on the request of the moment. */
export function createAdapters(current: () => ProviderRequest, clientKeys: ClientKeys): (model: string) => Adapter {
  return (model) => {
    if (model === "Session") return guarded(sessionAdapter(current), current);
    if (model === "Interaction") return guarded(interactionAdapter(current), current);
    if (model === "Client") return guarded(clientAdapter(current, clientKeys), current);
    const kind = ARTIFACT_KINDS.find((known) => known === model);
    return guarded(kind === undefined ? NOTHING : artifactAdapter(kind, current), current);
  };
}

const NOTHING: Adapter = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
};

/** The library turns what it does not know into `server_error`; the door wants to know what it was. */
function guarded(adapter: Adapter, current: () => ProviderRequest): Adapter {
  const note =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await work(...args);
      } catch (error) {
        if (!(error instanceof errors.OIDCProviderError)) current().failure ??= error;
        throw error;
      }
    };
  return {
    ...NOTHING,
    upsert: note(adapter.upsert),
    find: note(adapter.find),
    findByUid: note(adapter.findByUid),
    consume: note(adapter.consume),
    destroy: note(adapter.destroy),
  };
}

/** What the library takes for its own session is the browser's, or the one behind a token, judged in this request. */
function sessionAdapter(current: () => ProviderRequest): Adapter {
  return {
    ...NOTHING,
    find: async (id) => {
      const { session } = current();
      return session?.session.id === id ? sessionPayload(session) : undefined;
    },
    findByUid: async (uid) => {
      const request = current();
      const session = await sessionBehind(request, uid);
      const binding = request.bound.get(uid);
      if (!session || !binding) return undefined;
      return { ...sessionPayload(session), authorizations: { [binding.clientId]: { sid: uid, grantId: binding.grantId } } };
    },
  };
}

async function sessionBehind(request: ProviderRequest, sessionId: string): Promise<ClaimsSource | undefined> {
  if (request.session?.session.id === sessionId) return request.session;
  try {
    const judged = await request.services.sessions.get(request.project.id, sessionId);
    if (judged.refusal !== undefined) return undefined;
    request.session = judged;
    return judged;
  } catch (error) {
    if (error instanceof DomainError && error.kind === "not_found") return undefined;
    throw error;
  }
}

function sessionPayload({ session, identity }: ClaimsSource): AdapterPayload {
  const { auth_time, amr, acr } = authenticationClaims(session);
  return {
    jti: session.id,
    uid: session.id,
    kind: "Session",
    accountId: identity.id,
    loginTs: auth_time,
    iat: Math.floor(session.issuedAt / 1000),
    exp: Math.floor(session.expiresAt / 1000),
    ...(amr === undefined ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
  };
}

function interactionAdapter(current: () => ProviderRequest): Adapter {
  return {
    ...NOTHING,
    upsert: async (uid, payload) => {
      const { session: _, lastSubmission: __, ...kept } = payload;
      current().suspended = { uid, payload: kept };
    },
    find: async (uid) => {
      const { resumed, session } = current();
      if (resumed?.uid !== uid) return undefined;
      if (!resumed.signedInSince || !session) return resumed.payload;
      const { auth_time: ts, amr, acr } = authenticationClaims(session.session);
      // Signing in answers a wish to choose another account, too.
      return { ...resumed.payload, result: { login: { accountId: session.identity.id, ts, amr, acr }, select_account: {} } };
    },
    destroy: async () => {
      current().finished = true;
    },
  };
}

function clientAdapter(current: () => ProviderRequest, clientKeys: ClientKeys): Adapter {
  return {
    ...NOTHING,
    find: async (id) => {
      const request = current();
      const client = await request.services.clients.find(request.project.id, id);
      if (!client) return undefined;
      // Asked of a stranger, an app's key set is nobody's business: only who claims to be the app makes us fetch it.
      const metadata = clientMetadata(client, request.provesClient ? await clientKeys.of(client) : undefined);
      if (!request.algs.includes(client.idTokenSignedResponseAlg)) request.missingAlg = client.idTokenSignedResponseAlg;
      return metadata;
    },
  };
}

function artifactAdapter(kind: ArtifactKind, current: () => ProviderRequest): Adapter {
  const service = () => current().services.provider;
  const projectId = () => current().project.id;
  return {
    ...NOTHING,
    upsert: async (value, payload, expiresIn) => {
      const request = current();
      const artifact = newArtifact(request, kind, value, payload, expiresIn);
      if (kind === "ReplayDetection") {
        // Insert and look are one step, so that of two at the same time one is refused (T116).
        if (!(await service().saveOnce(artifact))) throw new errors.InvalidClientAuth("client assertion was used before");
        return;
      }
      if (kind === "AuthorizationCode") await request.saveGrant?.();
      request.issued.push(artifact);
    },
    find: async (value) => {
      if (kind === "ReplayDetection") return undefined;
      const request = current();
      const artifact = kind === "Grant" ? await grantOf(request, value) : await findAndRemember(request, kind, value);
      if (!artifact) return undefined;
      const consumed = artifact.consumedAt === null ? {} : { consumed: Math.floor(artifact.consumedAt / 1000) };
      return { ...artifact.payload, jti: value, ...consumed };
    },
    consume: async (value) => {
      if (await service().consume(projectId(), kind, value)) return;
      if (kind === "PushedAuthorizationRequest") throw new errors.InvalidRequestUri("request_uri was already used");
      await refuseReplay(current());
      throw new errors.InvalidGrant("already used");
    },
    destroy: async (value) => {
      const request = current();
      // The library destroys a grant whose code or refresh token comes a second time.
      if (kind === "Grant" && request.presented?.grantId === value) return refuseReplay(request);
      await service().destroy(projectId(), kind, value);
    },
  };
}

function newArtifact(
  { project, services }: ProviderRequest,
  kind: ArtifactKind,
  value: string,
  payload: AdapterPayload,
  expiresIn: number | undefined,
): Artifact {
  // The value itself is not kept; who presents it brings it along.
  const { jti: _, ...kept } = payload;
  const expiresAt = services.runtime.clock() + (expiresIn ?? 0) * 1000;
  return { projectId: project.id, id: artifactId(kind, value), payload: kept, consumedAt: null, expiresAt };
}

async function findAndRemember(request: ProviderRequest, kind: ArtifactKind, value: string): Promise<Artifact | undefined> {
  const { artifact, grant } = await request.services.provider.find(request.project.id, kind, value);
  if (!artifact) return undefined;
  const { grantId, clientId, sessionUid, accountId } = artifact.payload;
  if (typeof grantId === "string" && typeof clientId === "string") {
    request.grants.set(grantId, grant ?? null);
    if (typeof sessionUid === "string") request.bound.set(sessionUid, { clientId, grantId });
    if (kind === "AuthorizationCode" || kind === "RefreshToken") {
      request.presented = { kind, grantId, clientId, identityId: String(accountId) };
    }
  }
  return artifact;
}

async function grantOf(request: ProviderRequest, grantId: string): Promise<Artifact | undefined> {
  const known = request.grants.get(grantId);
  if (known !== undefined) return known ?? undefined;
  return (await request.services.provider.find(request.project.id, "Grant", grantId)).artifact;
}

async function refuseReplay({ presented, services, project, context }: ProviderRequest): Promise<void> {
  if (!presented) return;
  const { kind, ...grant } = presented;
  await services.provider.refuseReplay(project.id, kind, grant, context);
}
