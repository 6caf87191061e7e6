// The lookup behind the address field, and the upkeep of the KV index it reads. What it answers is a hint for the page:
// every door that it points to asks D1 again before it opens.

import type { Runtime } from "../../services.ts";
import { type DomainEntry, keyOf } from "../../storage/domain-index.ts";
import { type DomainFacts, type DomainRouting, outboxConfirm, readDomain, readDomains } from "../../storage/domains.ts";
import { createExpiringCache } from "../expiring-cache.ts";
import { createFlights } from "../flights.ts";
import { route } from "../login/routing.ts";
import { KNOWN_FREEMAIL } from "./freemail.ts";
import { createIndexedDomains } from "./indexed-domains.ts";

export interface SsoLookup {
  /** The domain belongs to an organization, so no password is offered for it. */
  sso: boolean;
  /** Empty with `sso: true`: the organization has no usable connection, and its administrator has to look. */
  connections: { id: string; label: string }[];
}

export interface RememberedLookup {
  lookup: SsoLookup;
  /** It as JSON, written once. */
  json: string;
}

export interface DomainService {
  /**
   * How addresses under a canonical domain sign in. Asks this isolate's memory, then KV if it probably has the domain, then D1:
   * no, no or one round trip, whatever number of requests ask at once. Nobody is asked about mailbox providers' domains, which
   * cannot be claimed (T50). Only a positive answer of KV is believed (design: before a weaker door opens, the primary is asked).
   * @throws {DomainError} `unavailable` when KV has nothing and D1 cannot answer; never "no SSO"
   */
  lookup(projectId: string, domain: string): Promise<SsoLookup>;
  /** The same, if nobody has to be asked. */
  remembered(projectId: string, domain: string): RememberedLookup | undefined;
  /**
   * Brings the KV entries of domains that have changed to what D1 has now, and confirms their outbox rows. It reads the
   * present state instead of replaying a change, so order and repetition do not matter. What KV refuses stays in the
   * outbox for the sweep.
   * @throws {DomainError} `unavailable`
   */
  reconcile(projectId: string, domains: readonly string[]): Promise<void>;
}

/** Domains remembered per isolate. */
export const LIMIT = 5000;
/** Milliseconds. */
export const POSITIVE_TTL = 10_000;
export const NEGATIVE_TTL = 5_000;
/** Domains, per isolate, that D1 has answered for because KV had not, and milliseconds within which they are asked for again. */
export const MISSED_LIMIT = 5000;
export const MISSED_TTL = 300_000;
/** More than the time limits of KV and D1 together. */
const PATIENCE = 4_500;
/** How often a reconciliation starts over because D1 has moved on meanwhile. */
const ROUNDS = 5;
/** Domains per statement and round; an organization may have more. */
const CHUNK = 50;

/** What an organization gives people of its domain to choose from. */
interface Offer {
  organizationId: string;
  connections: { id: string; label: string }[];
}

const NO_SSO: SsoLookup = Object.freeze({ sso: false, connections: [] });
const FREEMAIL = toRemember(NO_SSO);

export function createDomainService(runtime: Runtime): DomainService {
  const { clock, domainIndex, background, databaseFor } = runtime;
  const cache = createExpiringCache<RememberedLookup>(LIMIT, clock);
  const flights = createFlights<SsoLookup>({ clock, background, patience: PATIENCE });
  const missed = createExpiringCache<true>(MISSED_LIMIT, clock);
  const indexed = createIndexedDomains(runtime);

  async function lookup(projectId: string, domain: string): Promise<SsoLookup> {
    const known = remembered(projectId, domain);
    if (known) return known.lookup;
    const key = keyOf(projectId, domain);
    return await flights.share(
      key,
      () => find(projectId, domain),
      (answer) => cache.set(key, toRemember(answer), spread(answer.sso ? POSITIVE_TTL : NEGATIVE_TTL)),
    );
  }

  function remembered(projectId: string, domain: string): RememberedLookup | undefined {
    return KNOWN_FREEMAIL.has(domain) ? FREEMAIL : cache.get(keyOf(projectId, domain));
  }

  /** In what order the stores are asked is a matter of cost. Whoever left KV out asks it when D1 does not answer. */
  async function find(projectId: string, domain: string): Promise<SsoLookup> {
    const again = missed.get(keyOf(projectId, domain)) === true;
    const kvFirst = again || indexed.mayHave(projectId, domain);
    const known = kvFirst ? await askKv(projectId, domain) : undefined;
    if (known && again) indexed.learn(projectId, domain);
    if (known) return known;
    try {
      return await (again ? askD1AndWrite : askD1)(projectId, domain);
    } catch (error) {
      const instead = kvFirst ? undefined : await askKv(projectId, domain);
      if (instead) return instead;
      throw error;
    }
  }

  async function askD1(projectId: string, domain: string): Promise<SsoLookup> {
    const routing = await readDomain(databaseFor(projectId), projectId, domain);
    const offer = routing && offerOf(routing);
    if (!offer) return NO_SSO;
    missed.set(keyOf(projectId, domain), true, MISSED_TTL);
    return { sso: true, connections: offer.connections };
  }

  /**
   * A domain that D1 had to answer for becomes an entry in KV when it is asked for again: a write there costs as much as ten reads or
   * five thousand rows of D1, and what changes is written there anyway.
   */
  async function askD1AndWrite(projectId: string, domain: string): Promise<SsoLookup> {
    const [facts] = await readDomains(databaseFor(projectId), projectId, [domain]);
    const fresh = facts && entryOf(facts, clock());
    if (fresh?.state !== "live") return NO_SSO;
    background(put(fresh));
    return { sso: true, connections: fresh.connections };
  }

  /** Undefined when KV has nothing positive to say. */
  async function askKv(projectId: string, domain: string): Promise<SsoLookup | undefined> {
    const entry = await domainIndex.get(projectId, domain);
    return entry?.state === "live" ? { sso: true, connections: entry.connections } : undefined;
  }

  async function put(entry: DomainEntry): Promise<boolean> {
    const stored = await domainIndex.put(entry);
    if (stored && entry.state === "live") indexed.learn(entry.project_id, entry.domain);
    return stored;
  }

  async function reconcile(projectId: string, domains: readonly string[]): Promise<void> {
    forget(projectId, domains);
    for (let start = 0; start < domains.length; start += CHUNK) {
      await reconcileChunk(projectId, domains.slice(start, start + CHUNK));
    }
    forget(projectId, domains);
  }

  /**
   * KV has no compare-and-set: a slow writer may overwrite a newer entry. So each writer looks at D1 again after its
   * write, and writes again when the truth has moved; whoever comes last has then seen the last change.
   */
  async function reconcileChunk(projectId: string, domains: readonly string[]): Promise<void> {
    const db = databaseFor(projectId);
    let truth = await readDomains(db, projectId, domains);
    for (let round = 0; round < ROUNDS; round += 1) {
      const stored = await Promise.all(truth.map((facts) => put(entryOf(facts, clock()))));
      const written = truth.filter((_, i) => stored[i]);
      const now = await readDomains(db, projectId, domains);
      const settled = written.filter((facts) => now.some((other) => sameTruth(facts, other)));
      const revision = written[0]?.revision;
      if (settled.length > 0 && revision !== undefined) {
        await db.commit([
          outboxConfirm(
            db,
            projectId,
            settled.map((f) => f.domain),
            revision,
          ),
        ]);
      }
      truth = now.filter((other) => written.some((f) => f.domain === other.domain && !sameTruth(f, other)));
      if (truth.length === 0) return;
    }
  }

  function forget(projectId: string, domains: readonly string[]): void {
    for (const domain of domains) {
      flights.forget(keyOf(projectId, domain));
      cache.delete(keyOf(projectId, domain));
    }
  }

  /** Between 80 % and 100 % of a lifetime, so that what was learned together is not forgotten together. */
  function spread(ttl: number): number {
    return ttl - (clock() % (ttl / 5));
  }

  return { lookup, remembered, reconcile };
}

/** The KV entry that D1's facts ask for. A domain that is only claimed, or that nobody owns, is `gone`. */
export function entryOf(facts: DomainFacts, now: number): DomainEntry {
  const offer = offerOf(facts);
  const base = { v: facts.revision, project_id: facts.projectId, domain: facts.domain, at: now };
  return offer
    ? { ...base, state: "live", organization_id: offer.organizationId, connections: offer.connections }
    : { ...base, state: "gone", organization_id: null, connections: [] };
}

/** Whose a domain is, and what they offer; undefined for an ordinary one. */
function offerOf({ owner, organization, connections }: DomainRouting): Offer | undefined {
  const decision = route({
    domain: owner,
    organization: organization && { ...organization, label: "" },
    connections: connections.map((c) => ({ ...c, state: "enabled" as const, provider: "generic" as const })),
    social: [],
    project: { passwordLogin: true },
  });
  return decision.decision === "local" ? undefined : decision;
}

function toRemember(lookup: SsoLookup): RememberedLookup {
  return { lookup, json: JSON.stringify(lookup) };
}

/** Whether two entries say the same, whenever they were made. */
export function sameEntry(a: DomainEntry, b: DomainEntry): boolean {
  return (
    a.state === b.state &&
    a.organization_id === b.organization_id &&
    a.connections.length === b.connections.length &&
    a.connections.every((c, i) => c.id === b.connections[i]?.id && c.label === b.connections[i]?.label)
  );
}

function sameTruth(a: DomainFacts, b: DomainFacts): boolean {
  return a.domain === b.domain && sameEntry(entryOf(a, 0), entryOf(b, 0));
}
