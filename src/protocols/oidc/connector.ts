// The OpenID Connect relying party: the three steps of a round trip and the check of a connection, in the order in which
// they happen. oauth4webapi speaks the protocol, jose verifies; the files beside this one close what they leave open.

import * as oauth from "oauth4webapi";
import type { Sealer } from "../../crypto/seal.ts";
import type { Connection } from "../../domain/connections/connection.ts";
import { createCircuitBreaker } from "../../net/circuit-breaker.ts";
import type { GuardedFetch } from "../../net/guarded-fetch.ts";
import type { Assertion, Connector, Evidence, Refusal, RoundTrip } from "../connector.ts";
import type { CachedDocument, DocumentCache, DocumentKey } from "../document-cache.ts";
import { checkConnection } from "./check.ts";
import { assertionOf } from "./claims.ts";
import { createClientAuthenticator } from "./client-authentication.ts";
import { judgeClaims, judgeHeader, readUnverified, verifySignature } from "./id-token.ts";
import { createKeyImporter, type KeySet, keySource, type SigningKey, selectKey } from "./keys.ts";
import { judgeLogoutClaims, LOGOUT_TOKEN_TYPE } from "./logout-token.ts";
import { authorizationServer, type Metadata, metadataSource } from "./metadata.ts";
import type { Claims } from "./presets/preset.ts";
import { redeemCode, type TokenResponse } from "./redeem.ts";
import { refuse } from "./refusal.ts";
import { authorizationUrl } from "./request.ts";
import { judgeResponse } from "./response.ts";
import { fetchUserinfo } from "./userinfo.ts";

/** Seconds that a round trip may take at most. */
const TRANSACTION_S = 600;

export interface OidcTools {
  fetch: GuardedFetch;
  cache: DocumentCache;
  sealer: Sealer;
  /** Milliseconds. */
  clock: () => number;
}

/**
 * A connector for OpenID Connect. A warm start makes no request, a cold one one (discovery); a warm finish one or, with
 * claims from userinfo, two; a cold one two more.
 */
export function createOidcConnector({ fetch: outbound, cache, sealer, clock }: OidcTools): Connector {
  const authenticator = createClientAuthenticator(sealer);
  const importKey = createKeyImporter();
  const circuits = createCircuitBreaker(outbound, clock);
  /** The outside as one configuration of one connection sees it: its outages are its own (T75). */
  const outboundFor = ({ projectId, id, trustRevision }: Connection) => circuits(`${projectId}/${id}/${trustRevision}`);

  async function metadataOf(connection: Connection): Promise<{ ok: true; metadata: Metadata } | Refusal> {
    const cached = await cache.get(documentKey(connection, "meta"), metadataSource(connection, outboundFor(connection)));
    return cached.ok ? { ok: true, metadata: cached.document } : cached;
  }

  function keysOf(connection: Connection, metadata: Metadata): Promise<CachedDocument<KeySet, Refusal>> {
    return cache.get(documentKey(connection, "jwks"), keySource(metadata.jwks_uri, outboundFor(connection)));
  }

  /** An unknown key is asked for once more, at most every 30 seconds (T27, T28). */
  async function keyFor(
    connection: Connection,
    metadata: Metadata,
    cached: CachedDocument<KeySet, Refusal>,
    kid: string | undefined,
  ): Promise<SigningKey | Refusal> {
    const alg = connection.idTokenSignedResponseAlg;
    if (!cached.ok) return cached;
    const selected = selectKey(cached.document, alg, kid);
    if (!isRefusal(selected) || selected.reason !== "key_not_found") return selected;
    const refreshed = await cache.refresh(documentKey(connection, "jwks"), keySource(metadata.jwks_uri, outboundFor(connection)));
    if (!refreshed) return selected;
    if (!refreshed.ok) return refreshed;
    return selectKey(refreshed.document, alg, kid);
  }

  async function verifiedClaims(
    connection: Connection,
    metadata: Metadata,
    roundTrip: RoundTrip,
    tokens: TokenResponse,
    keys: CachedDocument<KeySet, Refusal>,
    code: string,
  ): Promise<{ ok: true; claims: Claims } | Refusal> {
    const alg = connection.idTokenSignedResponseAlg;
    const header = judgeHeader(tokens.idToken, alg);
    if (!header.ok) return header;
    const key = await keyFor(connection, metadata, keys, header.kid);
    if (isRefusal(key)) return key;
    const verified = await verifySignature(tokens.idToken, key, alg, importKey);
    if (!verified.ok) return verified;
    const context = { connection, roundTrip, accessToken: tokens.accessToken, code, now: clock() / 1000 };
    return judgeClaims(verified.claims, context) ?? (await judgedByLibrary(connection, metadata, roundTrip, tokens)) ?? verified;
  }

  return {
    async start(connection, request) {
      const found = await metadataOf(connection);
      if (!found.ok) return found;
      const url = authorizationUrl(connection, found.metadata, request);
      return { ok: true, url, issRequired: found.metadata.authorization_response_iss_parameter_supported };
    },

    checkResponse: judgeResponse,

    async finish(connection, roundTrip, params, evidence?: Evidence): Promise<{ ok: true; assertion: Assertion } | Refusal> {
      if (roundTrip.issuer !== connection.issuerUrl) return refuse("iss_mismatch", "the connection has another issuer by now");
      const answer = judgeResponse(roundTrip, params);
      if (!answer.ok) return answer;
      const found = await metadataOf(connection);
      if (!found.ok) return found;
      const { metadata } = found;
      if (evidence) evidence.tokenEndpoint = metadata.token_endpoint;
      // Keys that are not in memory come while the code is redeemed, not after it.
      const [tokens, keys] = await Promise.all([
        redeemCode({ outbound: outboundFor(connection), authenticator }, connection, metadata, roundTrip, params),
        keysOf(connection, metadata),
      ]);
      if (!tokens.ok) return tokens;
      if (evidence)
        Object.assign(evidence, { credential: tokens.credential, verified: false, ...readUnverified(tokens.idToken) });
      const verified = await verifiedClaims(connection, metadata, roundTrip, tokens, keys, params.get("code") ?? "");
      if (!verified.ok) return verified;
      const { claims } = verified;
      if (evidence) Object.assign(evidence, { verified: true, idTokenClaims: claims });
      const used = { tokenEndpoint: metadata.token_endpoint, credential: tokens.credential };
      if (connection.claimsSource === "id_token")
        return { ok: true, assertion: assertionOf(connection, claims, undefined, used) };
      const userinfo = await fetchUserinfo(
        outboundFor(connection),
        connection,
        metadata,
        tokens.accessToken,
        claims["sub"] as string,
      );
      if (!userinfo.ok) return userinfo;
      if (evidence) evidence.userinfoClaims = userinfo.claims;
      return { ok: true, assertion: assertionOf(connection, claims, userinfo.claims, used) };
    },

    async readLogoutToken(connection, logoutToken) {
      const alg = connection.idTokenSignedResponseAlg;
      const header = judgeHeader(logoutToken, alg, LOGOUT_TOKEN_TYPE);
      if (!header.ok) return header;
      const found = await metadataOf(connection);
      if (!found.ok) return found;
      const key = await keyFor(connection, found.metadata, await keysOf(connection, found.metadata), header.kid);
      if (isRefusal(key)) return key;
      const verified = await verifySignature(logoutToken, key, alg, importKey);
      return verified.ok ? judgeLogoutClaims(verified.claims, connection, clock() / 1000) : verified;
    },

    // An operator's own attempt is always made, whatever the circuits say.
    check: (connection) => checkConnection({ outbound, authenticator }, connection),
  };
}

/** The library judges the whole token response too: token type, lifetimes, and the claims once more. */
async function judgedByLibrary(
  connection: Connection,
  metadata: Metadata,
  roundTrip: RoundTrip,
  { response }: TokenResponse,
): Promise<Refusal | undefined> {
  const client: oauth.Client = {
    client_id: connection.clientId,
    id_token_signed_response_alg: connection.idTokenSignedResponseAlg,
  };
  try {
    await oauth.processAuthorizationCodeResponse(authorizationServer(metadata), client, response, {
      expectedNonce: roundTrip.nonce,
      requireIdToken: true,
      // How old the proof is has been judged already (id-token.ts); the library asks for `auth_time` to be there.
      ...(roundTrip.maxAge === undefined ? {} : { maxAge: roundTrip.maxAge + TRANSACTION_S }),
    });
    return undefined;
  } catch {
    return refuse("token_response_invalid");
  }
}

function documentKey(connection: Connection, kind: DocumentKey["kind"]): DocumentKey {
  return {
    kind,
    projectId: connection.projectId,
    connectionId: connection.id,
    trustRevision: connection.trustRevision,
    issuer: connection.issuerUrl,
  };
}

function isRefusal(value: SigningKey | Refusal): value is Refusal {
  return "ok" in value;
}
