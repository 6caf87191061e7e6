// How the library is set up for one project: what is offered, how long it lives, and where its questions go.

import { type Configuration, errors, type JWKS, type KoaContextWithOIDC } from "oidc-provider";
import { CLIENT_ASSERTION_ALGS } from "../../domain/clients/client.ts";
import { newGrantId } from "../../domain/provider/artifact.ts";
import { CLAIMS_BY_SCOPE, pairwiseSubject, providerClaims } from "../../domain/provider/claims.ts";
import type { createAdapters } from "./adapter.ts";
import { ORGATE_METADATA } from "./client-metadata.ts";
import { loginUrl } from "./login-url.ts";
import { COOKIES, ROUTES } from "./names.ts";
import { admitsPerson, createPolicy, orgateMetadata } from "./policy.ts";
import type { ProviderRequest } from "./request.ts";
import { SUSPENDED_LIFESPAN_S } from "./suspended.ts";

/** Parameters of ours at the authorization endpoint (T119). */
const ORGANIZATION_PARAMETERS = ["organization", "connection"] as const;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Seconds. A code is redeemed at once (T114); a session's end cuts all others short. */
const CODE_TTL = 60;
const TOKEN_TTL = 3600;
const PUSHED_TTL = 60;
/** Seconds that clocks of apps may be ahead of ours in signed assertions. */
const CLOCK_TOLERANCE = 10;

/** @param salt what pairwise subjects are derived with */
export function configuration(
  current: () => ProviderRequest,
  adapter: ReturnType<typeof createAdapters>,
  jwks: JWKS,
  salt: () => Promise<string>,
): Configuration {
  return {
    adapter,
    jwks,
    routes: ROUTES,
    scopes: ["openid", "profile", "email", "offline_access"],
    claims: CLAIMS_BY_SCOPE,
    // What the scopes bring is in the ID token, too, so that an app can do without userinfo.
    conformIdTokenClaims: false,
    responseTypes: ["code"],
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: async (_ctx, subject, client) => pairwiseSubject(await salt(), String(client.sectorIdentifier), subject),
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    clientDefaults: { id_token_signed_response_alg: "ES256", response_types: ["code"], grant_types: ["authorization_code"] },
    enabledJWA: {
      clientAuthSigningAlgValues: [...CLIENT_ASSERTION_ALGS],
      idTokenSigningAlgValues: ["ES256", "RS256"],
    },
    extraClientMetadata: { properties: [ORGATE_METADATA] },
    extraParams: extraParameters(),
    assertJwtClientAuthClaimsAndHeader: requireIssuerAsAudience,
    clockTolerance: CLOCK_TOLERANCE,
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (_ctx, client) => client.tokenEndpointAuthMethod === "none" || orgateMetadata(client).pkce === "required" },
    features: features(),
    ttl: lifespans(current),
    expiresWithSession: () => true,
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed("refresh_token") && source.scopes.has("offline_access"),
    // Revoking an access token ends that token; revoking a refresh token ends the grant.
    revokeGrantPolicy: (ctx) => !(ctx.oidc.route === "revocation" && ctx.oidc.entities.AccessToken),
    loadExistingGrant: (ctx) => newGrant(ctx, current()),
    findAccount: (ctx, subject, token) => findAccount(ctx, current(), subject, token),
    interactions: { policy: createPolicy(current), url: (ctx, interaction) => whereToSignIn(ctx, current(), interaction) },
    // An app may post its request. The library's condition is about cookies that never leave this house.
    enableHttpPostMethods: true,
    cookies: { names: COOKIES, keys: [], long: { sameSite: "none", httpOnly: true } },
    renderError: (ctx, out) => {
      current().error = { error: out.error, description: out.error_description };
      ctx.body = "";
    },
    clientBasedCORS: (_ctx, origin, client) => (client.redirectUris ?? []).some((uri) => originOf(uri) === origin),
    fetch: () => Promise.reject(new Error("the library is given what it needs and fetches nothing")),
  };
}

function features(): Configuration["features"] {
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async (_ctx, client, token) => isOwner(client, token) },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: renderNothing },
    // Promised here and done by domain/provider/back-channel.ts, for every way in which a session ends.
    backchannelLogout: { enabled: true },
    userinfo: { enabled: true },
    dPoP: { enabled: false },
    resourceIndicators: { enabled: false },
  };
}

/** The door asks the question itself (logout.ts). */
function renderNothing(ctx: KoaContextWithOIDC): void {
  ctx.body = "";
}

/** Only an app that proves who it is learns about tokens, and only about its own (T116, T118). */
function isOwner(
  client: { clientId: string; tokenEndpointAuthMethod?: string | undefined },
  token: { clientId?: string | undefined },
) {
  return client.tokenEndpointAuthMethod !== "none" && token.clientId === client.clientId;
}

function lifespans(current: () => ProviderRequest): Configuration["ttl"] {
  const untilSessionEnds = () => {
    const { session, services } = current();
    const left = session ? session.session.expiresAt - services.runtime.clock() : 0;
    return Math.max(1, Math.floor(left / 1000));
  };
  const atMost = (seconds: number) => () => Math.min(seconds, untilSessionEnds());
  return {
    AuthorizationCode: CODE_TTL,
    AccessToken: atMost(TOKEN_TTL),
    IdToken: TOKEN_TTL,
    RefreshToken: untilSessionEnds,
    Grant: untilSessionEnds,
    Interaction: SUSPENDED_LIFESPAN_S,
    Session: untilSessionEnds,
    PushedAuthorizationRequest: PUSHED_TTL,
  };
}

/** Which person an app gets a code or a token for: the one of the session, as long as the app is for that organization. */
async function findAccount(ctx: KoaContextWithOIDC, { session }: ProviderRequest, subject: string, token: unknown) {
  if (!session || session.identity.id !== subject) return undefined;
  if (token !== undefined && ctx.oidc.client && !admitsPerson(ctx.oidc.client, session)) return undefined;
  return { accountId: subject, claims: async () => ({ ...providerClaims(session) }) };
}

/** Every sign-in of an app has its own grant, so that a replayed code ends that sign-in and no other. */
async function newGrant(ctx: KoaContextWithOIDC, request: ProviderRequest) {
  const { client, provider, requestParamOIDCScopes, requestParamClaims } = ctx.oidc;
  if (!request.session || !client) return undefined;
  const grant = new provider.Grant({ accountId: request.session.identity.id, clientId: client.clientId });
  grant.jti = newGrantId(request.session.session.id);
  grant.addOIDCScope([...requestParamOIDCScopes].join(" "));
  if (requestParamClaims.size > 0) grant.addOIDCClaims([...requestParamClaims]);
  request.saveGrant = () => grant.save();
  return grant;
}

async function whereToSignIn(
  ctx: KoaContextWithOIDC,
  request: ProviderRequest,
  interaction: { uid: string; params: unknown; prompt: { reasons: string[] } },
): Promise<string> {
  // Whoever has just signed in and still does not meet what was asked for would be sent around for ever.
  if (request.resumed?.signedInSince) throw new errors.AccessDenied("the sign-in does not meet what the app asked for");
  return loginUrl(request, interaction.params as Record<string, unknown>, {
    returnTo: `${ROUTES.authorization}/${interaction.uid}`,
    reasons: interaction.prompt.reasons,
    appOrganizations: orgateMetadata(ctx.oidc.client).organizationIds,
  });
}

function extraParameters(): Configuration["extraParams"] {
  const validators = ORGANIZATION_PARAMETERS.map((name) => [
    name,
    (_ctx: KoaContextWithOIDC, value: string | undefined) => {
      if (value !== undefined && !UUID.test(value)) throw new errors.InvalidRequest(`${name} must be an id`);
    },
  ]);
  return {
    ...Object.fromEntries(validators),
    domain_hint: (ctx: KoaContextWithOIDC) => {
      // Storing what a stranger sends would let anybody fill the database.
      if (ctx.oidc.route === "pushed_authorization_request" && ctx.oidc.client?.tokenEndpointAuthMethod === "none") {
        throw new errors.UnauthorizedClient("pushed authorization requests are for apps that prove who they are");
      }
    },
  };
}

/** The audience of an assertion is our issuer, alone and as a string (T116). */
async function requireIssuerAsAudience(ctx: KoaContextWithOIDC, claims: Record<string, unknown>): Promise<void> {
  if (claims["aud"] !== ctx.oidc.issuer) throw new errors.InvalidClientAuth("audience (aud) must equal the issuer");
}

function originOf(uri: string): string | undefined {
  return URL.canParse(uri) ? new URL(uri).origin : undefined;
}
