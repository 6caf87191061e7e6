// The project as an OpenID Provider for its apps (OpenID Connect Core 1.0): the paths, and what stands around the library that
// answers them. Apps prove who they are, people are those of the hosted login; everything else is refused by the library.

import { Hono } from "hono";
import type { SigningAlg } from "../../crypto/signing.ts";
import { originOf } from "../../domain/projects/hosts.ts";
import type { ClaimsSource } from "../../domain/provider/claims.ts";
import type { Services } from "../../services.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { readCookie, sessionCookie } from "../cookies.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { answer } from "./answer.ts";
import type { Engine } from "./engine.ts";
import { endSession, logoutConfirmed } from "./logout.ts";
import { type Browser, libraryRequest, readBody } from "./message.ts";
import { newProviderRequest, type ProviderRequest } from "./request.ts";
import { resume } from "./suspended.ts";

type EngineOf = (services: Services) => Promise<Engine>;

/** Endpoints that apps call with their credentials. */
const FOR_APPS = ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/par"] as const;

/** For everybody's eyes, and to be kept for a while. */
const PUBLIC = { "Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*" };

/** A door remembers the library it has started, per environment; see engine.ts. */
export function createProviderDoor(): Hono<AppEnv> {
  const engineOf = engines();
  const door = new Hono<AppEnv>();

  door.get("/.well-known/openid-configuration", async (c) => {
    const { response, request } = await ask(c, engineOf);
    return answer(c, response, request, PUBLIC);
  });
  door.on(["GET", "POST"], "/oauth2/auth", (c) => {
    if (c.req.method !== "POST") onlyGet(c);
    return authorize(c, engineOf);
  });
  door.get("/oauth2/auth/:uid", (c) => {
    onlyGet(c);
    return authorize(c, engineOf, c.req.param("uid"));
  });
  for (const path of FOR_APPS) {
    door.on(["POST", "OPTIONS"], path, async (c) => {
      const { response, request } = await ask(c, engineOf, { provesClient: true });
      return answer(c, response, request);
    });
  }
  door.on(["GET", "POST", "OPTIONS"], "/userinfo", async (c) => {
    const { response, request } = await ask(c, engineOf);
    return answer(c, response, request);
  });
  door.on(["GET", "POST"], "/oauth2/sessions/logout", async (c) => {
    if (c.req.method !== "POST") onlyGet(c);
    const session = await browserSession(c);
    const { response, request } = await ask(c, engineOf, { session });
    return request.logout ? endSession(c, request.logout, session) : answer(c, response, request);
  });
  door.post("/oauth2/sessions/logout/confirm", logoutConfirmed);
  return door;
}

async function authorize(c: AppContext, engineOf: EngineOf, uid?: string): Promise<Response> {
  const session = await browserSession(c);
  const resumed = uid === undefined ? undefined : await resume(c, uid, session);
  const { response, request } = await ask(c, engineOf, { session, resumed });
  return answer(c, response, request);
}

/** Lets the library answer, once more with the key that it found missing. */
async function ask(
  c: AppContext,
  engineOf: EngineOf,
  options: Browser & { provesClient?: boolean } = {},
): Promise<{ response: Response; request: ProviderRequest }> {
  const services = c.get("services");
  const project = c.get("project");
  const issuer = originOf(project, services.config);
  const engine = await engineOf(services);
  const body = await readBody(c);

  const attempt = async (alg?: SigningAlg) => {
    const provider = await engine.providerOf(project, issuer, alg);
    const request = newProviderRequest({
      services,
      project,
      context: c.get("requestContext"),
      provesClient: options.provesClient ?? false,
      algs: provider.algs,
      session: options.session,
      resumed: options.resumed,
    });
    const response = await provider.answer(libraryRequest(c, issuer, body, options), request);
    return { response, request };
  };
  const first = await attempt();
  const { missingAlg } = first.request;
  if (missingAlg === undefined) return first;
  await services.signingKeys.ensure(project.id, missingAlg, c.get("requestContext"));
  return await attempt(missingAlg);
}

/** The browser's session, if it may be used. @throws {DomainError} `unavailable` when D1 cannot say */
async function browserSession(c: AppContext): Promise<ClaimsSource | undefined> {
  const token = readCookie(c, sessionCookie(c));
  if (token === undefined) return undefined;
  const result = await c.get("services").sessions.authenticate(c.get("project").id, token);
  return result.ok ? result : undefined;
}

/** Loads the library at the first request that needs it. */
function engines(): EngineOf {
  const started = new WeakMap<Services, Engine>();
  return async (services) => {
    const known = started.get(services);
    if (known) return known;
    const { createEngine } = await import("./engine.ts");
    const engine = started.get(services) ?? createEngine(services);
    started.set(services, engine);
    return engine;
  };
}
