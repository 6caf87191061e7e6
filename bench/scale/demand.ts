// What a month of traffic asks of the platform: requests, CPU, KV, rows and round trips of D1. Counted budgets per path, times
// how often each path is walked, with the shares of warm and cold that the simulation gives.

import type { DocumentShares, HitShares } from "../../scripts/scale-simulation.ts";
import { CPU_MS, type Scenario } from "./assumptions.ts";
import {
  budgetOf,
  COLD_HOST,
  FROM_IDP,
  FROM_KV,
  HEALTH,
  LOOKUP_FROM_D1,
  LOOKUP_FROM_KV,
  LOOKUP_UNFILTERED,
  PATHS,
  type PathName,
  requestsOf,
} from "./paths.ts";

/** One path's part. Quantities are per login. */
export interface PathDemand {
  path: PathName;
  requests: number;
  cpuMs: number;
  kvGets: number;
  kvPuts: number;
  rowsRead: number;
  rowsWritten: number;
  /** Round trips to the project's database that read, that write, and to the directory. */
  reads: number;
  writes: number;
  directoryReads: number;
  fetches: number;
}

/** Every path of a login, and what is left for the sweep to delete. */
export interface Demand {
  paths: PathDemand[];
  perLogin: Omit<PathDemand, "path">;
}

type Quantities = Omit<PathDemand, "path">;

/** Minutes within which a connection's success is written once (src/domain/login/connection-health.ts). */
const HEALTH_MINUTES = 10;

const NOTHING: Quantities = {
  requests: 0,
  cpuMs: 0,
  kvGets: 0,
  kvPuts: 0,
  rowsRead: 0,
  rowsWritten: 0,
  reads: 0,
  writes: 0,
  directoryReads: 0,
  fetches: 0,
};

/** How often each path is walked per login. */
export function timesPerLogin(s: Scenario): Record<PathName, number> {
  const local = 1 - s.ssoShare;
  return {
    lookup: s.lookupsPerLogin,
    page: 1,
    asset: s.freshBrowserShare * 3,
    start: s.ssoShare * (1 + s.refusedShare),
    callback: s.ssoShare * (1 - s.firstLoginShare),
    firstLogin: s.ssoShare * s.firstLoginShare,
    refusal: s.refusedShare,
    passwordLogin: local,
    whoami: s.whoamiPerLogin,
    authorizeAnonymous: s.providerShare,
    authorize: s.providerShare,
    token: s.providerShare,
    refresh: s.providerShare * s.refreshesPerSignIn,
    userinfo: s.providerShare,
    logout: s.logoutShare,
    management: s.changesPerThousand / 1000,
  };
}

/** Requests of a login that need the project of their host name, for the simulation. */
export function hostRequestsPerLogin(s: Scenario): number {
  const asking = Object.entries(timesPerLogin(s)).filter(([path]) => asksForHost(path as PathName));
  return asking.reduce((sum, [path, times]) => sum + times * requestsOf(path as PathName), 0);
}

export function demandOf(s: Scenario, hits: HitShares): Demand {
  const times = timesPerLogin(s);
  const paths = (Object.keys(PATHS) as PathName[]).map((path) => ({ path, ...scaled(costOf(path, s, hits), times[path]) }));
  return { paths, perLogin: paths.map(({ path: _, ...quantities }) => quantities).reduce(plus, NOTHING) };
}

function asksForHost(path: PathName): boolean {
  return path !== "lookup" && path !== "asset" && path !== "management";
}

/** One walk of a path: its warm budget, and what the simulation says about who was cold. */
function costOf(path: PathName, s: Scenario, hits: HitShares): Quantities {
  const warm = warmCostOf(path);
  if (path === "lookup") return plus(warm, lookupMisses(s, hits));
  const withHost = asksForHost(path) ? plus(warm, hostMiss(hits.host.source * requestsOf(path))) : warm;
  if (path === "start") return plus(withHost, documentMisses(hits.metadata));
  if (PATHS[path].cpu !== "callback") return withHost;
  const withDocuments = plus(plus(withHost, documentMisses(hits.metadata)), documentMisses(hits.keys));
  return path === "callback" ? plus(withDocuments, healthWrite(s)) : withDocuments;
}

function warmCostOf(path: PathName): Quantities {
  const { writes, cpu } = PATHS[path];
  const { d1RoundTrips, kvGets, kvPuts, rowsRead, rowsWritten, fetches } = budgetOf(path);
  const requests = requestsOf(path);
  const counted = { kvGets, kvPuts, rowsRead, rowsWritten, fetches };
  return { ...NOTHING, ...counted, requests, cpuMs: CPU_MS[cpu] * requests, reads: d1RoundTrips - writes, writes };
}

/** KV for what the isolate does not know, D1 for what nobody owns; the host's hint and the project's filter are keys of KV too. */
function lookupMisses({ unknownShare }: Scenario, { knownDomain, unknownDomain, filter, host }: HitShares): Quantities {
  const known = (1 - unknownShare) * (1 - knownDomain.isolate);
  const unknown = unknownShare * unknownDomain.source;
  const inVain = filter.kv * LOOKUP_UNFILTERED.kvGets + (1 - filter.kv) * LOOKUP_FROM_D1.kvGets;
  const kvGets = known * LOOKUP_FROM_KV.kvGets + unknown * inVain + filter.kv + host.source;
  return { ...NOTHING, kvGets, reads: unknown * LOOKUP_FROM_D1.d1RoundTrips, rowsRead: unknown * LOOKUP_FROM_D1.rowsRead };
}

function hostMiss(share: number): Quantities {
  return { ...NOTHING, directoryReads: share * COLD_HOST.d1RoundTrips, rowsRead: share * COLD_HOST.rowsRead };
}

/** A KV read for what is not in memory; a request to the IdP for what is not in KV either, and a KV write where its copy is old. */
function documentMisses({ kv, source, written }: DocumentShares): Quantities {
  const kvGets = (kv + source) * FROM_KV.kvGets;
  return { ...NOTHING, kvGets, kvPuts: written * FROM_IDP.kvPuts, fetches: source * FROM_IDP.fetches };
}

/** The share of logins that write on their connection's row that it works: those that come after quiet minutes. */
function healthWrite(s: Scenario): Quantities {
  const perMinute = (s.loginsPerOrganization * s.ssoShare) / (30 * 24 * 60);
  const share = 1 / (1 + perMinute * HEALTH_MINUTES);
  return { ...NOTHING, rowsRead: share * HEALTH.rowsRead, rowsWritten: share * HEALTH.rowsWritten };
}

export function plus(a: Quantities, b: Quantities): Quantities {
  const keys = Object.keys(NOTHING) as (keyof Quantities)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Quantities;
}

function scaled(a: Quantities, factor: number): Quantities {
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value * factor])) as unknown as Quantities;
}
