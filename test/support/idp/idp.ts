// An OpenID Provider inside the test process, on an https host that exists nowhere else. Honest until told otherwise.
//
//   const idp = await createIdp({ issuer: "https://idp-a.test" });          // client "client-1" with secret "secret-1"
//   const network = connectNetwork(idp, other);                              // globalThis.fetch now ends at them
//   const callback = await idp.authorize(authorizationUrl, { sub: "42", email: "kim@acme.test", email_verified: true });
//   // -> URL of the redirect_uri with code, state and iss; follow it
//   const cancelled = idp.deny(authorizationUrl);                            // error=access_denied
//   idp.to("token").length                                                   // what was sent where
//   idp.mutate({ claims: { nonce: "another" } });                            // until idp.mutate({})
//   await idp.rotateKeys();                                                  // the old key is gone; { keep: true } keeps it
//   network.restore();
//
// It is strict where the tested code must be right: authorize() throws on an authorization request that no provider should
// accept, a code works once, PKCE and redirect_uri must match, and the client must authenticate by its registered method.
// In a user, `sub` and claims go into the ID token and userinfo alike; `auth_time` is now (seconds of Date.now()).

import { createHash } from "node:crypto";
import { createLocalJWKSet, type JWK, jwtVerify } from "jose";
import { generateSigningKey, type SigningMaterial, type SigningPair, signJws } from "./keys.ts";
import type { LoggedRequest, Path } from "./network.ts";

export interface IdpClient {
  client_id: string;
  client_secret?: string;
  token_endpoint_auth_method?: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
  /** For private_key_jwt. */
  jwks?: { keys: JWK[] };
  /** When given, others are refused. */
  redirect_uris?: string[];
}

export interface IdpUser {
  sub: string;
  [claim: string]: unknown;
}

/** What happens instead of an answer: a response of one's own, an answer that never comes, or a broken connection. */
export type Fault = "hang" | "reset" | ((request: LoggedRequest) => Response | Promise<Response>);

/** Deviations from honesty. A member that is `undefined` in an object removes what would have been there. */
export interface Mutation {
  metadata?: Record<string, unknown>;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** Signs the ID token with this instead. */
  signWith?: SigningMaterial;
  /** The finished ID token -> what is sent. */
  idToken?: (token: string) => string;
  tokenResponse?: Record<string, unknown>;
  userinfo?: Record<string, unknown>;
  /** The published key set -> what is sent. */
  jwks?: (keys: JWK[]) => unknown;
  faults?: Partial<Record<Path, Fault>>;
  /** PKCE is not checked. */
  ignorePkce?: boolean;
  /** No `iss` in the authorization response, or another one. */
  iss?: string | null;
}

interface Grant {
  client: IdpClient;
  redirectUri: string;
  challenge: string;
  nonce: string | undefined;
  user: IdpUser;
}

export interface Idp {
  issuer: string;
  host: string;
  requests: LoggedRequest[];
  /** The key that signs now. */
  signing: SigningPair;
  client(client: IdpClient): void;
  mutate(mutation: Mutation): void;
  rotateKeys(options?: { keep?: boolean; alg?: string; kid?: string | undefined }): Promise<void>;
  authorize(url: URL, user: IdpUser): Promise<URL>;
  deny(url: URL, error?: string): URL;
  to(path: Path): LoggedRequest[];
  answer(request: LoggedRequest): Promise<Response>;
}

export interface IdpOptions {
  issuer: string;
  clients?: IdpClient[];
  /** Algorithm of the first key; default RS256. */
  alg?: string;
  /** The first key itself: making RSA keys is slow. */
  signing?: SigningPair;
  /** `iss` is promised in the metadata and sent; default true. */
  sendsIss?: boolean;
}

export async function createIdp(options: IdpOptions): Promise<Idp> {
  const { issuer, sendsIss = true } = options;
  const base = issuer.replace(/\/$/, "");
  const clients = new Map<string, IdpClient>();
  for (const client of options.clients ?? [{ client_id: "client-1", client_secret: "secret-1" }])
    clients.set(client.client_id, client);
  const codes = new Map<string, Grant>();
  const accessTokens = new Map<string, Grant>();
  const published: JWK[] = [];
  let mutation: Mutation = {};
  let count = 0;

  function metadata(): Record<string, unknown> {
    return {
      issuer,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      jwks_uri: `${base}/jwks`,
      userinfo_endpoint: `${base}/userinfo`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: sendsIss,
      ...mutation.metadata,
    };
  }

  async function idToken(grant: Grant, accessToken: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { alg, kid } = idp.signing;
    const header = { alg, typ: "JWT", kid, ...mutation.header };
    const claims = {
      iss: issuer,
      aud: grant.client.client_id,
      iat: now,
      exp: now + 300,
      auth_time: now,
      nonce: grant.nonce,
      ...(alg.endsWith("256") ? { at_hash: halfHash(accessToken) } : {}),
      ...grant.user,
      ...mutation.claims,
    };
    const token = await signJws(header, claims, mutation.signWith ?? idp.signing.privateKey);
    return mutation.idToken ? mutation.idToken(token) : token;
  }

  async function token(request: LoggedRequest): Promise<Response> {
    const body = new URLSearchParams(request.body);
    const client = await authenticate(request, body);
    if (!client) return json({ error: "invalid_client" }, 401);
    const code = body.get("code") ?? "";
    const grant = codes.get(code);
    codes.delete(code);
    const verified = mutation.ignorePkce === true || sha256(body.get("code_verifier") ?? "") === grant?.challenge;
    if (body.get("grant_type") !== "authorization_code") return json({ error: "unsupported_grant_type" }, 400);
    if (!grant || grant.client !== client || grant.redirectUri !== body.get("redirect_uri") || !verified) {
      return json({ error: "invalid_grant" }, 400);
    }
    count += 1;
    const accessToken = `access-${count}-${crypto.randomUUID()}`;
    accessTokens.set(accessToken, grant);
    const answer = {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: 300,
      id_token: await idToken(grant, accessToken),
    };
    return json({ ...answer, ...mutation.tokenResponse });
  }

  async function authenticate(request: LoggedRequest, body: URLSearchParams): Promise<IdpClient | undefined> {
    const basic = /^Basic (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    const [basicId, basicSecret] = basic ? atob(basic).split(":").map(formDecode) : [];
    const client = clients.get(basicId ?? body.get("client_id") ?? "");
    const assertion = body.get("client_assertion");
    const presented = [basic, body.get("client_secret"), assertion].filter((value) => value !== undefined && value !== null);
    if (!client || presented.length !== 1) return undefined;
    switch (client.token_endpoint_auth_method ?? "client_secret_basic") {
      case "client_secret_basic":
        return basicSecret === client.client_secret ? client : undefined;
      case "client_secret_post":
        return body.get("client_secret") === client.client_secret ? client : undefined;
      default:
        return (await isAssertionOf(client, assertion, issuer)) ? client : undefined;
    }
  }

  function userinfo(request: LoggedRequest): Response {
    const grant = accessTokens.get(/^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "");
    if (!grant) return new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
    return json({ ...grant.user, ...mutation.userinfo });
  }

  function acceptRequest(url: URL): { client: IdpClient; redirectUri: string; state: string } {
    const expected = new URL(String(metadata()["authorization_endpoint"]));
    const p = url.searchParams;
    const names = [...p.keys()];
    const client = clients.get(p.get("client_id") ?? "");
    const redirectUri = p.get("redirect_uri") ?? "";
    const wrong =
      url.origin + url.pathname !== expected.origin + expected.pathname
        ? "not my authorization endpoint"
        : new Set(names).size !== names.length
          ? "a parameter twice"
          : p.get("response_type") !== "code"
            ? "response_type"
            : !client
              ? "client_id"
              : !URL.canParse(redirectUri) || client.redirect_uris?.includes(redirectUri) === false
                ? "redirect_uri"
                : !p.get("scope")?.split(" ").includes("openid")
                  ? "scope"
                  : !p.get("state") || !p.get("nonce")
                    ? "state or nonce"
                    : p.get("code_challenge_method") !== "S256" || !/^[A-Za-z0-9_-]{43}$/.test(p.get("code_challenge") ?? "")
                      ? "PKCE"
                      : undefined;
    if (wrong || !client) throw new Error(`${issuer} refuses this authorization request: ${wrong}`);
    return { client, redirectUri, state: p.get("state") ?? "" };
  }

  function callback(redirectUri: string, params: Record<string, string>): URL {
    const url = new URL(redirectUri);
    const iss = mutation.iss === undefined ? (sendsIss ? issuer : null) : mutation.iss;
    for (const [name, value] of Object.entries({ ...params, ...(iss === null ? {} : { iss }) }))
      url.searchParams.set(name, value);
    return url;
  }

  const ANSWERS: Record<Exclude<Path, "other">, (request: LoggedRequest) => Response | Promise<Response>> = {
    discovery: () => json(metadata()),
    jwks: () => json(mutation.jwks ? mutation.jwks([...published]) : { keys: published }),
    token,
    userinfo,
  };

  const idp: Idp = {
    issuer,
    host: new URL(issuer).host,
    requests: [],
    signing: options.signing ?? (await generateSigningKey(options.alg ?? "RS256")),
    client: (client) => void clients.set(client.client_id, client),
    mutate(next) {
      mutation = next;
    },
    async rotateKeys({ keep = false, alg = idp.signing.alg, ...kid } = {}) {
      idp.signing = await generateSigningKey(alg, ...("kid" in kid ? [kid.kid] : []));
      if (!keep) published.length = 0;
      published.push(idp.signing.publicJwk);
    },
    async authorize(url, user) {
      const { client, redirectUri, state } = acceptRequest(url);
      const code = `code-${crypto.randomUUID()}`;
      const [challenge, nonce] = [url.searchParams.get("code_challenge") ?? "", url.searchParams.get("nonce") ?? undefined];
      codes.set(code, { client, redirectUri, challenge, nonce, user });
      return callback(redirectUri, { code, state });
    },
    deny(url, error = "access_denied") {
      const { redirectUri, state } = acceptRequest(url);
      return callback(redirectUri, { error, error_description: "<script>alert(1)</script>", state });
    },
    to: (path) => idp.requests.filter((request) => request.path === path),
    async answer(request) {
      const path = pathOf(request.url, base);
      request.path = path;
      idp.requests.push(request);
      const fault = mutation.faults?.[path];
      if (fault === "hang") return await new Promise<never>(() => undefined);
      if (fault === "reset") throw new TypeError("Network connection lost.");
      if (fault) return await fault(request);
      return path === "other" ? json({ error: "not_found" }, 404) : await ANSWERS[path](request);
    },
  };
  published.push(idp.signing.publicJwk);
  return idp;
}

/** By the last segment, so that a mutation may move an endpoint to another host. */
function pathOf(url: URL, base: string): Path {
  if (url.href === `${base}/.well-known/openid-configuration`) return "discovery";
  const last = url.pathname.split("/").at(-1) ?? "";
  return last === "token" || last === "jwks" || last === "userinfo" ? last : "other";
}

async function isAssertionOf(client: IdpClient, assertion: string | null, issuer: string): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(assertion ?? "", createLocalJWKSet(client.jwks ?? { keys: [] }), {
      issuer: client.client_id,
      subject: client.client_id,
      currentDate: new Date(),
      requiredClaims: ["jti", "exp"],
    });
    return payload.aud === issuer;
  } catch {
    return false;
  }
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json; charset=utf-8" } });
}

function sha256(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}

function halfHash(value: string): string {
  return createHash("sha256").update(value).digest().subarray(0, 16).toString("base64url");
}

function formDecode(value: string): string {
  return decodeURIComponent(value.replaceAll("+", " "));
}
