// The only place where parts are wired together. One set of services per isolate and environment; what they remember
// between requests (named caches of public, versioned facts) lives inside them, keyed by tenant, never at module level.

import { waitUntil } from "cloudflare:workers";
import { type Config, readConfig } from "./config.ts";
import { createSealer, type Sealer } from "./crypto/seal.ts";
import { type ApiKeyService, createApiKeyService } from "./domain/api-keys/service.ts";
import { type ClientService, createClientService } from "./domain/clients/service.ts";
import { type ConnectionService, createConnectionService } from "./domain/connections/service.ts";
import { createDomainService, type DomainService } from "./domain/domains/service.ts";
import { createEventService, type EventService } from "./domain/events/service.ts";
import { createIdentityService, type IdentityService } from "./domain/identities/service.ts";
import type { LoginService } from "./domain/login/login.ts";
import { createLoginService } from "./domain/login/service.ts";
import { createUpstreamLogout, type UpstreamLogout } from "./domain/login/upstream-logout.ts";
import { createOperatorService, type OperatorService } from "./domain/operators/service.ts";
import { createOrganizationService, type OrganizationService } from "./domain/organizations/service.ts";
import { createMoveService, type MoveService } from "./domain/placement/move.ts";
import { createHostResolver, type HostResolver } from "./domain/projects/hosts.ts";
import { createProjectService, type ProjectService } from "./domain/projects/service.ts";
import { createBackChannel } from "./domain/provider/back-channel.ts";
import { createProviderService, type ProviderService } from "./domain/provider/service.ts";
import { createSessionExchangeService, type SessionExchangeService } from "./domain/session-exchange/service.ts";
import { createSessionTokenService, type SessionTokenService } from "./domain/session-tokens/service.ts";
import { createSessionService, type SessionService } from "./domain/sessions/service.ts";
import { createSigningKeyService, type SigningKeyService } from "./domain/signing-keys/service.ts";
import { createGuardedFetch, type GuardedFetch } from "./net/guarded-fetch.ts";
import type { Connector } from "./protocols/connector.ts";
import { createOidcConnector } from "./protocols/oidc/connector.ts";
import type { Database } from "./storage/database.ts";
import { createDisplays, type Displays } from "./storage/display.ts";
import { createDocumentCache } from "./storage/document-cache.ts";
import { createDomainIndex, type DomainIndex } from "./storage/domain-index.ts";
import { createPlacement, type Placement } from "./storage/placement.ts";

/** What every service may be given. Time, randomness' owner and the stores come from here, so that tests can bend them. */
export interface Runtime {
  config: Config;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Lets work finish after the answer has gone out; its failure must not matter. */
  background: (work: Promise<unknown>) => void;
  /** The database that holds a project. */
  databaseFor: (projectId: string) => Database;
  /** The database that knows which projects, hosts and keys exist, and where each project's data is. */
  directory: Database;
  /** All databases, and who is where. */
  placement: Placement;
  /** Reading what is only looked at. */
  displays: Displays;
  sealer: Sealer;
  connector: Connector;
  /** The one way to addresses that tenants give. */
  outbound: GuardedFetch;
  domainIndex: DomainIndex;
}

export interface Services {
  config: Config;
  runtime: Runtime;
  hosts: HostResolver;
  projects: ProjectService;
  moves: MoveService;
  organizations: OrganizationService;
  domains: DomainService;
  connections: ConnectionService;
  apiKeys: ApiKeyService;
  operators: OperatorService;
  events: EventService;
  login: LoginService;
  sessions: SessionService;
  provider: ProviderService;
  upstreamLogout: UpstreamLogout;
  identities: IdentityService;
  signingKeys: SigningKeyService;
  clients: ClientService;
  sessionTokens: SessionTokenService;
  sessionExchange: SessionExchangeService;
}

const perEnvironment = new WeakMap<Env, Services>();

/**
 * The services of this environment, made at the first request.
 * @throws {ConfigError} when variables or secrets are missing or unusable
 */
export function servicesFor(env: Env): Services {
  let services = perEnvironment.get(env);
  if (!services) {
    services = createServices(env);
    perEnvironment.set(env, services);
  }
  return services;
}

/** The services of this environment, if a request before this one has had them made. */
export function servicesAlreadyFor(env: Env): Services | undefined {
  return perEnvironment.get(env);
}

function createServices(env: Env): Services {
  const config = readConfig(env);
  const clock = () => Date.now();
  const sealer = createSealer(config.encryptionKeys);
  const guardedFetch = createGuardedFetch({ allowLoopbackHttp: config.allowInsecureIssuers, ownHost: config.baseUrl.hostname });
  const background = (work: Promise<unknown>) => waitUntil(work.catch(() => undefined));
  const databases = databasesOf(env);
  const placement = createPlacement(databases, { clock, background });
  const cache = createDocumentCache(env.IDP_CACHE, clock, background);
  const runtime: Runtime = {
    config,
    clock,
    background,
    databaseFor: placement.databaseFor,
    directory: placement.directory,
    placement,
    displays: createDisplays(databases, placement, config.readReplication),
    sealer,
    outbound: guardedFetch,
    connector: createOidcConnector({ fetch: guardedFetch, cache, sealer, clock }),
    domainIndex: createDomainIndex(env.DOMAIN_INDEX),
  };
  const domains = createDomainService(runtime);
  const login = createLoginService(runtime);
  const signingKeys = createSigningKeyService(runtime);
  const provider = createProviderService(runtime);
  const backChannel = createBackChannel(runtime, { signingKeys, provider });
  const tellApps = (projectId: string) => backChannel.deliver(runtime.databaseFor(projectId));
  const sessions = createSessionService(runtime, tellApps);
  return {
    config,
    runtime,
    hosts: createHostResolver(runtime),
    projects: createProjectService(runtime),
    moves: createMoveService(runtime),
    organizations: createOrganizationService(runtime, domains),
    domains,
    connections: createConnectionService(runtime, domains),
    apiKeys: createApiKeyService(runtime),
    operators: createOperatorService(runtime, login),
    events: createEventService(runtime),
    login,
    sessions,
    provider,
    upstreamLogout: createUpstreamLogout(runtime, tellApps),
    identities: createIdentityService(runtime),
    signingKeys,
    clients: createClientService(runtime, signingKeys),
    sessionTokens: createSessionTokenService(runtime, signingKeys),
    sessionExchange: createSessionExchangeService(runtime, sessions),
  };
}

/** The D1 bindings by place: DB is 0, DB_1 is 1, and so on. */
function databasesOf(env: Env): Map<number, D1Database> {
  const databases = new Map([[0, env.DB]]);
  for (const [name, binding] of Object.entries(env)) {
    const place = /^DB_([1-9][0-9]*)$/.exec(name)?.[1];
    if (place !== undefined) databases.set(Number(place), binding as D1Database);
  }
  return databases;
}
