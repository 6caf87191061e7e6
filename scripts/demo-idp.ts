// A demo identity provider: the certified oidc-provider, where any e-mail address signs in without a password.
// For local work and tests only.

import { createHash, generateKeyPairSync, type JsonWebKey, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration, interactionPolicy, type JWK } from "oidc-provider";
import { createMemoryAdapter, type MemoryClients } from "./demo-idp-adapter.ts";
import { cancelledPage, signInPage } from "./demo-idp-page.ts";

export interface DemoIdpOptions {
  name: string;
  /** 0 takes a free port. */
  port: number;
  /** Shown on the sign-in page before the typed address is known. */
  exampleAddress?: string;
  /** Changes what the provider asserts about an address; the default is a verified address and a name made from it. */
  claimsFor?: (email: string) => Record<string, unknown>;
}

export interface DemoIdpClient {
  client_id: string;
  client_secret: string;
  redirect_uris: string[];
}

export interface DemoIdp {
  name: string;
  issuer: string;
  /** Registers a client, or replaces the one with the same id. */
  registerClient(client: DemoIdpClient): void;
  /** Signs with a new key from now on; the old key disappears from the published key set. */
  rotateKeys(): void;
  /** Changes what is asserted about addresses, for tests. */
  assert(claimsFor: (email: string) => Record<string, unknown>): void;
  close(): Promise<void>;
}

/** Starts the provider on loopback and resolves when it listens. */
export async function startDemoIdp(options: DemoIdpOptions): Promise<DemoIdp> {
  const server = createServer();
  const port = await listen(server, options.port);
  const issuer = `http://localhost:${port}`;
  const clients: MemoryClients = new Map();
  const adapter = createMemoryAdapter(clients);
  const cookieKey = randomBytes(32).toString("base64url");
  const addresses = new Map<string, string>();
  let claimsFor = options.claimsFor ?? verifiedClaims;
  let handler = requestHandler(newProvider(), options, addresses);
  server.on("request", (request, response) => {
    handler(request, response).catch(() => response.writeHead(500).end("The demo identity provider failed."));
  });

  function newProvider(): Provider {
    return new Provider(issuer, configuration({ adapter, cookieKey, cookiePrefix: `idp_${port}`, key: newSigningKey(), claims }));
  }
  function claims(subject: string): Record<string, unknown> | undefined {
    const email = addresses.get(subject);
    return email === undefined ? undefined : { ...claimsFor(email), sub: subject };
  }

  return {
    name: options.name,
    issuer,
    registerClient: (client) => void clients.set(client.client_id, { ...client, application_type: "web" }),
    rotateKeys: () => {
      handler = requestHandler(newProvider(), options, addresses);
    },
    assert: (newClaims) => {
      claimsFor = newClaims;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The same address always has the same `sub`, and the `sub` does not show the address. */
export function subjectOf(email: string): string {
  return createHash("sha256").update(email.trim().toLowerCase()).digest("base64url").slice(0, 22);
}

/** What the provider says about an address unless a test wants otherwise. */
export function verifiedClaims(email: string): Record<string, unknown> {
  const local = email.split("@")[0] ?? email;
  const words = local.split(/[._-]+/).filter(Boolean);
  return { email, email_verified: true, name: words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join(" ") };
}

function configuration(parts: {
  adapter: Configuration["adapter"];
  cookieKey: string;
  cookiePrefix: string;
  key: JsonWebKey;
  claims: (subject: string) => Record<string, unknown> | undefined;
}): Configuration {
  const policy = interactionPolicy.base();
  // Several people try the demo from one browser, so the page is shown at every login, whoever signed in before.
  policy
    .get("login")
    ?.checks.add(
      new interactionPolicy.Check("always_ask", "the demo asks at every login", (ctx) => ctx.oidc.result?.login === undefined),
    );
  return {
    adapter: parts.adapter,
    jwks: { keys: [parts.key as unknown as JWK] },
    // Cookies do not know ports: each provider on localhost needs names of its own.
    cookies: {
      keys: [parts.cookieKey],
      names: {
        session: `${parts.cookiePrefix}_session`,
        interaction: `${parts.cookiePrefix}_interaction`,
        resume: `${parts.cookiePrefix}_resume`,
      },
    },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: { Interaction: 600, Session: 3600, Grant: 3600, AccessToken: 600, AuthorizationCode: 60, IdToken: 600 },
    findAccount: (_ctx, subject) => {
      const claims = parts.claims(subject);
      return claims && { accountId: subject, claims: () => ({ sub: subject, ...claims }) };
    },
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}

/** Sends the interaction pages to us and everything else to the provider. */
function requestHandler(
  provider: Provider,
  options: DemoIdpOptions,
  addresses: Map<string, string>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const protocol = provider.callback();
  return async (request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    if (path === "/") return page(response, signInPage({ idp: options.name, hint: "", example: options.exampleAddress }));
    if (!path.startsWith("/interaction/")) return await protocol(request, response);
    try {
      const { params, session } = await provider.interactionDetails(request, response);
      if (request.method !== "POST") {
        const hint = typeof params["login_hint"] === "string" ? params["login_hint"] : "";
        return page(response, signInPage({ idp: options.name, hint, example: options.exampleAddress, action: path }));
      }
      const form = await readForm(request);
      const email = form.get("email")?.trim() ?? "";
      if (form.get("action") === "cancel" || email === "") {
        const denied = { error: "access_denied", error_description: "The person cancelled the sign-in." };
        return await provider.interactionFinished(request, response, denied);
      }
      const subject = subjectOf(email);
      addresses.set(subject, email);
      const login = { accountId: subject, remember: false };
      const resume = await provider.interactionResult(request, response, { login });
      if (session && session.accountId !== subject) await forgetPerson(provider, session.uid);
      response.writeHead(303, { location: resume }).end();
    } catch {
      page(response, cancelledPage(options.name), 400);
    }
  };
}

/** Signs out whoever was signed in from this browser: otherwise the provider would ask the next person to do it. */
async function forgetPerson(provider: Provider, uid: string): Promise<void> {
  const session = await provider.Session.findByUid(uid);
  if (!session) return;
  session.accountId = undefined;
  session.authorizations = {};
  await session.persist();
}

function page(response: ServerResponse, html: string, status = 200): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 10_000) throw new Error("the form is too large");
  }
  return new URLSearchParams(body);
}

function newSigningKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomBytes(8).toString("hex"), alg: "RS256", use: "sig" };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
