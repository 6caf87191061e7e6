// Who answers: this isolate's memory, KV, D1 or the IdP. Simulated requests walk through the caches with the bounds and
// lifetimes that the code has (imported, so that they cannot drift), over data centres and isolates as bench/scale/edge.ts
// has them. Deterministic: the same seed and traffic give the same shares, and no clock is read.

import {
  createEdge,
  createNumberedEdge,
  createSimulatedKv,
  type EdgeShape,
  type Isolate,
  type SimulatedKv,
} from "../bench/scale/edge.ts";
import { type Chance, chanceOf, zipf } from "../bench/scale/random.ts";
import { FILTER_TTL, PROJECTS_LIMIT as FILTERS } from "../src/domain/domains/indexed-domains.ts";
import { LIMIT as DOMAINS, NEGATIVE_TTL, POSITIVE_TTL } from "../src/domain/domains/service.ts";
import type { ExpiringCache } from "../src/domain/expiring-cache.ts";
import { LIMIT as HOSTS, KNOWN_TTL } from "../src/domain/projects/hosts.ts";
import { MAX_ENTRIES as DOCUMENTS, FRESH_MS, WRITE_AGAIN_MS } from "../src/storage/document-cache.ts";
import { CACHE_TTL } from "../src/storage/domain-index.ts";

export interface SimulatedTraffic extends Omit<EdgeShape, "requestsPerSecond"> {
  loginsPerSecond: number;
  lookupsPerLogin: number;
  /** Share of lookups whose domain nobody owns. */
  unknownShare: number;
  /** Requests of a login that need the project of a host name: pages, start, callback, whoami, the provider's. */
  hostRequestsPerLogin: number;
  organizations: number;
  projects: number;
  /** Zipf exponent of the organizations' and the projects' sizes. */
  skew: number;
  /** Share of an organization's logins that come from its home data centre. */
  locality: number;
  seed: number;
  /** Lifetimes to try instead of the code's, milliseconds. */
  instead?: { host?: number; keys?: number; keysWritten?: number };
}

/** Shares of who answered; they add up to 1. */
export interface Shares {
  isolate: number;
  kv: number;
  /** D1, or for documents the IdP. */
  source: number;
}

export interface DocumentShares extends Shares {
  /** Of them all, those after which KV was written to: a part of `source`. */
  written: number;
}

export interface HitShares {
  knownDomain: Shares;
  unknownDomain: Shares;
  /** The filter of a project's domains, per lookup. */
  filter: Shares;
  /** The project behind a host name, asked by everything but lookups. */
  host: Shares;
  /** The IdP's metadata, per start or callback, and its keys, per callback. */
  metadata: DocumentShares;
  keys: DocumentShares;
  /** Share of the domain index's KV reads that the data centre had a copy for. */
  domainKvHot: number;
  isolates: number;
}

/** Domains of public mail providers and the like, most of the lookups of unknown ones. */
const UNKNOWN_DOMAINS = 200;
const DOMAINS_EACH = 2;
/** KV's own lifetime of a copy where the code names none, seconds. */
const DEFAULT_CACHE_TTL = 60;
/** Longer than anything that is remembered here, seconds; the first third only warms up. */
const HORIZON = 4 * 3600;
const SHORT_HORIZON = 30;
/** What is remembered begins to matter after its lifetime. */
const LIFETIMES = 3;
const WARM_UP = 1 / 3;
/** Logins that are simulated at most, and requests of a short stream at least. */
const MAX_EVENTS = 30_000;
const MIN_EVENTS = 20_000;

export function simulateCaches(traffic: SimulatedTraffic): HitShares {
  const { loginsPerSecond, lookupsPerLogin, unknownShare, projects, skew } = traffic;
  const unknown = { perSecond: loginsPerSecond * lookupsPerLogin * unknownShare, keys: UNKNOWN_DOMAINS, skew: 1 };
  const memory = { entries: DOMAINS, ttl: NEGATIVE_TTL, spread: true };
  const filtered = { perSecond: loginsPerSecond * lookupsPerLogin, keys: projects, skew };
  const filters = { entries: FILTERS, ttl: FILTER_TTL, spread: true };
  return {
    ...simulateLogins(traffic, edgeOf(traffic), chanceOf(traffic.seed)),
    unknownDomain: simulateMemory(unknown, edgeOf(traffic), memory, chanceOf(traffic.seed)),
    filter: fromKv(simulateMemory(filtered, edgeOf(traffic), filters, chanceOf(traffic.seed))),
    host: simulateHosts(traffic),
  };
}

/** The project behind a host name. */
export function simulateHosts(traffic: SimulatedTraffic): Shares {
  const { loginsPerSecond, hostRequestsPerLogin, projects, skew } = traffic;
  const hosts = { perSecond: loginsPerSecond * hostRequestsPerLogin, keys: projects, skew };
  const memory = { entries: HOSTS, ttl: traffic.instead?.host ?? KNOWN_TTL, spread: false };
  return simulateMemory(hosts, edgeOf(traffic), memory, chanceOf(traffic.seed));
}

function edgeOf(traffic: SimulatedTraffic): EdgeShape {
  return { ...traffic, requestsPerSecond: traffic.loginsPerSecond * (traffic.lookupsPerLogin + traffic.hostRequestsPerLogin) };
}

/** Lookups of owned domains, starts and callbacks, of a sample of the organizations with the share of memory that is theirs. */
function simulateLogins(traffic: SimulatedTraffic, shape: EdgeShape, chance: Chance) {
  const sample = Math.min(1, MAX_EVENTS / (traffic.loginsPerSecond * HORIZON));
  const organizations = Math.max(1, Math.round(traffic.organizations * sample));
  const between = 1 / (traffic.loginsPerSecond * sample);
  const scaled = (limit: number) => Math.max(1, Math.round(limit * sample));
  const domains = createEdge<true>(shape, scaled(DOMAINS), chance);
  const documents = createEdge<true>(shape, scaled(DOCUMENTS), chance);
  const [index, published] = [createSimulatedKv(CACHE_TTL), createSimulatedKv(DEFAULT_CACHE_TTL)];
  const draw = zipf(organizations, traffic.skew);
  const homes = Array.from({ length: organizations }, () => domains.location());
  const named = Array.from({ length: organizations }, (_, n) => namesOf(n));
  const tally = { domain: newTally(), metadata: newTally(), keys: newTally() };
  const metadata = { fresh: FRESH_MS.meta / 1000, written: WRITE_AGAIN_MS.meta / 1000 };
  const keys = {
    fresh: (traffic.instead?.keys ?? FRESH_MS.jwks) / 1000,
    written: (traffic.instead?.keysWritten ?? WRITE_AGAIN_MS.jwks) / 1000,
  };

  for (let now = chance.exponential(between); now < HORIZON; now += chance.exponential(between)) {
    const organization = draw(chance);
    const names = named[organization] ?? namesOf(organization);
    const location = chance.next() < traffic.locality ? (homes[organization] ?? 0) : domains.location();
    const counts = now > HORIZON * WARM_UP;
    for (let left = traffic.lookupsPerLogin; left > 0; left -= 1) {
      if (chance.next() >= Math.min(1, left) * (1 - traffic.unknownShare)) continue;
      const domain = names.domains[Math.floor(chance.next() * DOMAINS_EACH)] ?? "";
      count(counts, tally.domain, lookUp(domains.isolate(location, now), index, domain, now));
    }
    const [start, callback] = [documents.isolate(location, now), documents.isolate(location, now)];
    const fetched = (isolate: Isolate<ExpiringCache<true>>, name: string, seconds: DocumentSeconds) =>
      fetchDocument(isolate, published, name, seconds, now, chance);
    count(counts, tally.metadata, fetched(start, names.metadata, metadata));
    count(counts, tally.metadata, fetched(callback, names.metadata, metadata));
    count(counts, tally.keys, fetched(callback, names.keys, keys));
  }
  return {
    knownDomain: sharesOf(tally.domain),
    metadata: documentSharesOf(tally.metadata),
    keys: documentSharesOf(tally.keys),
    domainKvHot: tally.domain.hot / Math.max(1, tally.domain.kv),
    isolates: domains.isolates,
  };
}

/** Keys of what is remembered of an organization. */
function namesOf(organization: number) {
  const domains = Array.from({ length: DOMAINS_EACH }, (_, n) => `${organization}/${n}`);
  return { domains, metadata: `meta/${organization}`, keys: `jwks/${organization}` };
}

/** src/domain/domains/service.ts: memory, then KV, where every owned domain is. */
function lookUp({ cache, location }: Isolate<ExpiringCache<true>>, kv: SimulatedKv, domain: string, now: number): Answer {
  if (cache.get(domain)) return { by: "isolate" };
  const { hot } = kv.read(location, domain, now);
  cache.set(domain, true, spread(POSITIVE_TTL, now));
  return { by: "kv", hot };
}

/** Ages of a document, seconds: until when it is fresh, and from when KV's copy is written again. */
interface DocumentSeconds {
  fresh: number;
  written: number;
}

/**
 * src/storage/document-cache.ts: memory while it is fresh, then KV if its copy is, then the IdP, and a write to KV if its copy
 * is old. At the beginning KV has every document, written at any moment of the time that a copy stays.
 */
function fetchDocument(
  isolate: Isolate<ExpiringCache<true>>,
  kv: SimulatedKv,
  name: string,
  { fresh, written }: DocumentSeconds,
  now: number,
  chance: Chance,
): Answer {
  if (isolate.cache.get(name)) return { by: "isolate" };
  const { value, hot } = kv.read(isolate.location, name, now);
  const storedAt = value ?? -chance.next() * written;
  if (now - storedAt < fresh) {
    isolate.cache.set(name, true, (storedAt + fresh - now) * 1000);
    return { by: "kv", hot };
  }
  const isOld = now - storedAt >= written;
  if (isOld || value === undefined) kv.write(isolate.location, name, isOld ? now : storedAt, now);
  isolate.cache.set(name, true, fresh * 1000);
  return { by: "source", written: isOld };
}

/** Where KV has all that an isolate may ask for. */
function fromKv({ isolate, source }: Shares): Shares {
  return { isolate, kv: source, source: 0 };
}

/** Things that only an isolate remembers: what it does not know is asked of D1. */
function simulateMemory(
  stream: { perSecond: number; keys: number; skew: number },
  shape: EdgeShape,
  memory: { entries: number; ttl: number; spread: boolean },
  chance: Chance,
): Shares {
  const edge = createNumberedEdge(shape, stream.keys, memory.entries, chance);
  const draw = zipf(stream.keys, stream.skew);
  const tally = newTally();
  const long = Math.max(SHORT_HORIZON, (memory.ttl / 1000) * LIFETIMES);
  const horizon = Math.max(long, Math.min(HORIZON, MIN_EVENTS / stream.perSecond));
  for (let now = 0; now < horizon; now += chance.exponential(1 / stream.perSecond)) {
    const { cache } = edge.isolate(edge.location(), now);
    const known = cache.ask(draw(chance), memory.spread ? spread(memory.ttl, now) : memory.ttl);
    count(now > horizon * WARM_UP, tally, { by: known ? "isolate" : "source" });
  }
  return sharesOf(tally);
}

type Answer = { by: "isolate" } | { by: "source"; written?: boolean } | { by: "kv"; hot: boolean };

interface Tally {
  isolate: number;
  kv: number;
  source: number;
  hot: number;
  written: number;
}

function newTally(): Tally {
  return { isolate: 0, kv: 0, source: 0, hot: 0, written: 0 };
}

function count(counts: boolean, tally: Tally, answer: Answer): void {
  if (!counts) return;
  tally[answer.by] += 1;
  if (answer.by === "kv" && answer.hot) tally.hot += 1;
  if (answer.by === "source" && answer.written) tally.written += 1;
}

function documentSharesOf(tally: Tally): DocumentShares {
  const { isolate, kv, source, written } = tally;
  return { ...sharesOf(tally), written: written / Math.max(1, isolate + kv + source) };
}

function sharesOf({ isolate, kv, source }: Tally): Shares {
  const all = Math.max(1, isolate + kv + source);
  return { isolate: isolate / all, kv: kv / all, source: source / all };
}

/** As the lookup does: between 80 % and 100 % of a lifetime, milliseconds. */
function spread(ttl: number, now: number): number {
  return ttl - ((now * 1000) % (ttl / 5));
}
