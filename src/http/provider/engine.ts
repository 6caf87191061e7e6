// Runs the certified oidc-provider library inside the Worker. It is a Node application: one server of node:http per isolate
// takes the requests, and one instance of the library per project answers them. Loaded when one of its paths is asked for.

import { handleAsNodeRequest } from "cloudflare:node";
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Provider, { type KoaContextWithOIDC } from "oidc-provider";
import type { SigningAlg } from "../../crypto/signing.ts";
import { isClientSecret } from "../../domain/clients/secrets.ts";
import { createExpiringCache } from "../../domain/expiring-cache.ts";
import type { Project } from "../../domain/projects/project.ts";
import type { Services } from "../../services.ts";
import { createAdapters } from "./adapter.ts";
import { createClientKeys } from "./client-keys.ts";
import { configuration } from "./configuration.ts";
import { orgateMetadata } from "./policy.ts";
import type { ProviderRequest } from "./request.ts";

/** The library, set up for one project. */
export interface ProjectProvider {
  /** Algorithms it has keys of. */
  algs: readonly SigningAlg[];
  /** Lets the library answer; what its hooks found is in `request` afterwards. */
  answer(message: Request, request: ProviderRequest): Promise<Response>;
}

export interface Engine {
  /** Made anew after a minute, or when it lacks keys of `alg`, so that new keys and host names are seen. */
  providerOf(project: Project, issuer: string, alg?: SigningAlg): Promise<ProjectProvider>;
}

/** Projects remembered per isolate. */
const PROJECTS = 50;
/** Milliseconds. */
const TTL_MS = 60_000;

/** Without form-action: the form leads to the app. */
const FORM_POST_POLICY = "default-src 'none';script-src 'none';base-uri 'none';object-src 'none';frame-ancestors 'none'";

type Callback = (message: IncomingMessage, response: ServerResponse) => unknown;

export function createEngine(services: Services): Engine {
  const { clock } = services.runtime;
  const providers = createExpiringCache<ProjectProvider & { issuer: string }>(PROJECTS, clock);
  const running = new AsyncLocalStorage<{ request: ProviderRequest; callback: Callback }>();
  const current = () => {
    const store = running.getStore();
    if (!store) throw new Error("the library asks outside of a request");
    return store.request;
  };
  const adapters = createAdapters(current, createClientKeys(fetchJson, clock));
  async function fetchJson(url: string): Promise<unknown> {
    const response = await services.runtime.outbound(url, { accept: "json" });
    if (!response.ok) throw new Error("no document");
    return await response.json();
  }

  const port = listen((message, response) => running.getStore()?.callback(message, response));

  return {
    async providerOf(project, issuer, alg) {
      const known = providers.get(project.id);
      if (known?.issuer === issuer && (alg === undefined || known.algs.includes(alg))) return known;
      const keys = await services.signingKeys.privateJwks(project.id);
      const salt = once(() => services.provider.subjectSalt(project.id));
      const provider = new Provider(issuer, configuration(current, adapters, { keys: keys as never }, salt));
      adapt(provider, current);
      const callback: Callback = provider.callback();
      const made = {
        issuer,
        algs: [...new Set(keys.map((key) => key.alg as SigningAlg))],
        answer: (message: Request, request: ProviderRequest) =>
          running.run({ request, callback }, () => handleAsNodeRequest(port, message)),
      };
      providers.set(project.id, made, TTL_MS);
      return made;
    },
  };
}

function listen(callback: Callback): number {
  const server = createServer(callback);
  server.listen(0);
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** What the library has no setting for. */
function adapt(provider: Provider, current: () => ProviderRequest): void {
  // Scheme and host come from the headers that the door has put there.
  provider.proxy = true;
  const compare = (client: unknown, secret: string) =>
    isClientSecret(orgateMetadata(client), secret, current().services.runtime.clock());
  provider.Client.prototype.compareClientSecret = function (secret) {
    return compare(this, secret);
  };
  provider.on("server_error", (_ctx, error) => {
    current().failure ??= error;
  });
  provider.use(async (ctx, next) => {
    // The library adds the hash of its form_post page's script to a policy that is there already.
    ctx.set("Content-Security-Policy", FORM_POST_POLICY);
    await next();
    const { oidc } = ctx as unknown as KoaContextWithOIDC;
    if (oidc?.route === "discovery" && ctx.status === 200) promiseAlgorithms(ctx.body);
    if (oidc?.route === "end_session" && ctx.status < 400) noteLogout(oidc, current());
  });
}

/** A key of either algorithm is made when the first app needs it, so both are promised from the beginning. */
function promiseAlgorithms(document: unknown): void {
  Object.assign(document as object, { id_token_signing_alg_values_supported: ["ES256", "RS256"] });
}

/** The library has checked the parameters; ending our session is the door's. */
function noteLogout({ client, params, entities }: KoaContextWithOIDC["oidc"], request: ProviderRequest): void {
  const { post_logout_redirect_uri: uri, state } = params ?? {};
  const returnTo = typeof uri === "string" ? new URL(uri) : undefined;
  if (returnTo && typeof state === "string") returnTo.searchParams.set("state", state);
  const claims = (entities as { IdTokenHint?: { payload: Record<string, unknown> } }).IdTokenHint?.payload;
  const { sid, sub } = claims ?? {};
  request.logout = {
    clientName: client?.clientName,
    returnTo: returnTo?.href,
    hint: typeof sid === "string" && typeof sub === "string" ? { sessionId: sid, subject: sub } : undefined,
  };
}

/** The value of the first success, remembered. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let value: { known: T } | undefined;
  return async () => {
    value ??= { known: await read() };
    return value.known;
  };
}
