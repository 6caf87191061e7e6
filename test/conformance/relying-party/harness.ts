// One connection to one in-process IdP, and a login through it at the level of the connector.

import { env } from "cloudflare:workers";
import { randomToken } from "../../../src/crypto/random.ts";
import { createSealer } from "../../../src/crypto/seal.ts";
import { type Connection, sealPurpose } from "../../../src/domain/connections/connection.ts";
import { createGuardedFetch } from "../../../src/net/guarded-fetch.ts";
import type { Assertion, Connector, Refusal, RoundTrip, StartRequest } from "../../../src/protocols/connector.ts";
import { createOidcConnector } from "../../../src/protocols/oidc/connector.ts";
import { createDocumentCache } from "../../../src/storage/document-cache.ts";
import { createIdp, type Idp, type IdpOptions, type IdpUser } from "../../support/idp/idp.ts";
import { generateSigningKey, type SigningPair } from "../../support/idp/keys.ts";
import { connectNetwork, type Network } from "../../support/idp/network.ts";

export const KIM: IdpUser = { sub: "42", email: "kim@acme.test", email_verified: true, name: "Kim" };

export type Outcome = { ok: true; assertion: Assertion } | Refusal;

export interface LoginOptions {
  user?: IdpUser;
  start?: Partial<StartRequest>;
  /** What the browser brings back instead of the IdP's own answer. */
  callback?: (callback: URL) => URL;
  /** Between the authorization request and the callback. */
  meanwhile?: () => unknown;
  roundTrip?: Partial<RoundTrip>;
}

export interface RelyingParty {
  idp: Idp;
  network: Network;
  connection: Connection;
  connector: Connector;
  /** A connector with an empty memory over the same KV. */
  isolate(): Connector;
  begin(request?: Partial<StartRequest>): Promise<{ url: URL; roundTrip: RoundTrip } | Refusal>;
  login(options?: LoginOptions): Promise<Outcome>;
}

export interface RelyingPartyOptions {
  idp?: Partial<IdpOptions>;
  connection?: Partial<Connection>;
  clientSecret?: string;
  kv?: KVNamespace;
}

export const sealer = createSealer([{ id: "k1", secret: new Uint8Array(32).fill(7) }]);

let count = 0;
const firstKeys = new Map<string, Promise<SigningPair>>();

/** One first key per algorithm and test file: each test has one IdP, and making RSA keys is slow. */
function firstKey(alg: string): Promise<SigningPair> {
  const key = firstKeys.get(alg) ?? generateSigningKey(alg);
  firstKeys.set(alg, key);
  return key;
}

export async function relyingParty(options: RelyingPartyOptions = {}): Promise<RelyingParty> {
  count += 1;
  const issuer = options.idp?.issuer ?? `https://idp-${count}.test`;
  const idp = await createIdp({ signing: await firstKey(options.idp?.alg ?? "RS256"), ...options.idp, issuer });
  const network = connectNetwork(idp);
  const clock = () => Date.now();
  const isolate = () =>
    createOidcConnector({
      fetch: createGuardedFetch({ allowLoopbackHttp: false, ownHost: "sso.example" }),
      cache: createDocumentCache(options.kv ?? env.IDP_CACHE, clock),
      sealer,
      clock,
    });

  const rp: RelyingParty = {
    idp,
    network,
    connection: await newConnection(issuer, options),
    connector: isolate(),
    isolate,
    async begin(request = {}) {
      const secrets = { state: randomToken(), nonce: randomToken(), codeVerifier: randomToken() };
      const started = await rp.connector.start(rp.connection, { ...secrets, ...request });
      if (!started.ok) return started;
      const { id: connectionId, issuerUrl, redirectUri } = rp.connection;
      const maxAge = request.maxAge === undefined ? {} : { maxAge: request.maxAge };
      const roundTrip = { connectionId, issuer: issuerUrl, issRequired: started.issRequired, redirectUri, ...secrets, ...maxAge };
      return { url: started.url, roundTrip };
    },
    async login({ user = KIM, start = {}, callback = (url: URL) => url, meanwhile, roundTrip = {} } = {}) {
      const begun = await rp.begin(start);
      if ("ok" in begun) return begun;
      const answer = callback(await idp.authorize(begun.url, user));
      await meanwhile?.();
      const trip = { ...begun.roundTrip, ...roundTrip };
      const judged = rp.connector.checkResponse(trip, answer.searchParams);
      return judged.ok ? await rp.connector.finish(rp.connection, trip, answer.searchParams) : judged;
    },
  };
  return rp;
}

async function newConnection(issuerUrl: string, options: RelyingPartyOptions): Promise<Connection> {
  const row = { projectId: `project-${count}`, id: `connection-${count}` };
  return {
    ...row,
    organizationId: "organization-1",
    provider: "generic",
    label: "Acme",
    state: "enabled",
    issuerUrl,
    clientId: "client-1",
    clientSecret: await sealer.seal(sealPurpose(row, "client_secret"), options.clientSecret ?? "secret-1"),
    tokenEndpointAuthMethod: "client_secret_basic",
    privateKey: null,
    publicKey: null,
    scope: ["openid", "email", "profile"],
    claimsSource: "id_token",
    claimsMapping: {},
    idTokenSignedResponseAlg: "RS256",
    updateIdentityOnLogin: "never",
    redirectUri: `https://sso.example/self-service/methods/oidc/organization/organization-1/callback/${row.id}`,
    pinnedTokenEndpoint: null,
    previousClientSecret: null,
    lastSucceededAt: null,
    lastFailedAt: null,
    lastFailureReason: null,
    lastFailureEventId: null,
    revision: 1,
    trustRevision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...options.connection,
  };
}
