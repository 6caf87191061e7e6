// Which domains of a project KV probably has an entry of, as far as this isolate knows: in which order a lookup asks the stores,
// and nothing of what it answers. The night shift makes the filters (src/jobs/domain-filters.ts).

import type { Runtime } from "../../services.ts";
import { addTo, type DomainFilter, mayContain } from "./domain-filter.ts";

export interface IndexedDomains {
  /**
   * Whether KV is worth asking: it probably has the domain, or this isolate does not know. Never waits: a filter that it lacks, or has
   * had for long, is loaded after the answer, for all who ask meanwhile.
   */
  mayHave(projectId: string, domain: string): boolean;
  /** KV has it now. Forgotten with the filter that this isolate has. */
  learn(projectId: string, domain: string): void;
}

interface Known {
  /** Undefined when KV has none. */
  filter: DomainFilter | undefined;
  /** Whoever asks at this time or later has it loaded anew. */
  loadAt: number;
}

/** Projects, and bytes of all their filters together. */
export const PROJECTS_LIMIT = 1000;
export const BYTES_LIMIT = 8_000_000;
/** Milliseconds. An old filter costs no more than a D1 row where KV would have known, or a KV read where it knows no longer. */
export const FILTER_TTL = 1_800_000;
export const NO_FILTER_TTL = 300_000;
/** Milliseconds after which a load that has not come back, or that KV did not answer, is tried again. */
const RETRY_MS = 10_000;

export function createIndexedDomains({ clock, background, domainIndex }: IndexedDomainsTools): IndexedDomains {
  const projects = new Map<string, Known>();
  let bytes = 0;

  /** A filter that was not loaded again for longest is one that nobody has asked for longest. */
  function remember(projectId: string, known: Known): Known {
    forget(projectId);
    projects.set(projectId, known);
    bytes += known.filter?.length ?? 0;
    for (const oldest of projects.keys()) {
      if (projects.size <= PROJECTS_LIMIT && bytes <= BYTES_LIMIT) break;
      forget(oldest);
    }
    return known;
  }

  function forget(projectId: string): void {
    bytes -= projects.get(projectId)?.filter?.length ?? 0;
    projects.delete(projectId);
  }

  /** Who begins says so first: the others go by what is known, and a load that was lost with its request is begun again. */
  function beginLoad(projectId: string, last: Known | undefined): Known {
    const known = remember(projectId, { filter: last?.filter, loadAt: clock() + RETRY_MS });
    background(load(projectId));
    return known;
  }

  async function load(projectId: string): Promise<void> {
    const stored = await domainIndex.getFilter(projectId);
    if (stored === undefined) return;
    const ttl = stored ? FILTER_TTL : NO_FILTER_TTL;
    remember(projectId, { filter: stored?.bits, loadAt: clock() + ttl - (clock() % (ttl / 5)) });
  }

  return {
    mayHave(projectId, domain) {
      const last = projects.get(projectId);
      const known = last && clock() < last.loadAt ? last : beginLoad(projectId, last);
      return known.filter === undefined || mayContain(known.filter, domain);
    },
    learn(projectId, domain) {
      const filter = projects.get(projectId)?.filter;
      if (filter) addTo(filter, domain);
    },
  };
}

type IndexedDomainsTools = Pick<Runtime, "clock" | "background" | "domainIndex">;
