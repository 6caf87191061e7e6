// One value in KV for each project: which domains KV has entries of, so that lookups of others need not ask it. It is as old as it
// is: a domain that has come since is asked of D1, one that has gone is asked of KV in vain, and neither changes an answer.

import { addTo, type DomainFilter, emptyFilter, fullFilter } from "../domain/domains/domain-filter.ts";
import type { Database } from "../storage/database.ts";
import { type ProjectFilter, RENEW_AFTER_MS } from "../storage/domain-index.ts";
import { indexRevisions, listDomainsOf } from "../storage/domains.ts";
import { listPlaced } from "../storage/project-placement.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { FILTER_AGE_MS, FILTER_DOMAINS, FILTER_PAGE, FILTER_PROJECTS } from "./pace.ts";
import type { Turn } from "./turn.ts";

const TASK = "domain_filters";

/**
 * Looks at the next projects of this place. A filter is made of all domains of its project in one run, or not at all: a run that is
 * spent on the way leaves the old one, and the next run begins with that project.
 */
export async function renewFilters(turn: Turn): Promise<{ projects: number; written: number }> {
  const { runtime, place, db, spent } = turn;
  const after = (await readCursor(db, TASK))?.[0];
  const placed = await listPlaced(runtime.directory, place, after, FILTER_PROJECTS);
  const revisions = await indexRevisions(
    db,
    placed.map(({ id }) => id),
  );
  const sum = { projects: 0, written: 0 };
  let last = after;
  for (const { id } of placed) {
    if (spent()) break;
    const outcome = await renewFilter(turn, id, revisions.get(id));
    if (outcome === "later") break;
    sum.projects += 1;
    sum.written += outcome === "written" ? 1 : 0;
    last = id;
  }
  const isEnd = placed.length < FILTER_PROJECTS && sum.projects === placed.length;
  await writeCursor(db, TASK, isEnd || last === undefined ? undefined : [last, ""]);
  return sum;
}

/** `later` when KV does not answer, or the run is spent before all domains are read. */
async function renewFilter(
  { runtime, db, spent }: Turn,
  projectId: string,
  revision: number | undefined,
): Promise<"written" | "left" | "later"> {
  const at = runtime.clock();
  const stored = await runtime.domainIndex.getFilter(projectId);
  if (stored === undefined) return "later";
  if (revision === undefined || (stored && !isDue(stored, revision, at))) return "left";
  const domains = await readDomainsOf(db, projectId, spent);
  if (!domains) return "later";
  const bits = filterOf(domains);
  const written = await runtime.domainIndex.putFilter({ projectId, revision, count: domains.length, at, bits });
  return written ? "written" : "left";
}

/** What has changed may wait for an hour, because D1 answers for it. */
function isDue({ at, revision }: ProjectFilter, current: number, now: number): boolean {
  return at < now - RENEW_AFTER_MS || (revision !== current && at < now - FILTER_AGE_MS);
}

/** Read after the revision: what comes meanwhile counts it up. Undefined when the run is spent; one page more than are of use. */
async function readDomainsOf(db: Database, projectId: string, spent: () => boolean): Promise<string[] | undefined> {
  const domains: string[] = [];
  while (domains.length <= FILTER_DOMAINS) {
    if (spent()) return undefined;
    const page = await listDomainsOf(db, projectId, domains.at(-1), FILTER_PAGE);
    domains.push(...page);
    if (page.length < FILTER_PAGE) break;
  }
  return domains;
}

/** The largest projects do as without one: KV is asked for every domain. */
export function filterOf(domains: readonly string[], most: number = FILTER_DOMAINS): DomainFilter {
  if (domains.length > most) return fullFilter();
  const filter = emptyFilter(domains.length);
  for (const domain of domains) addTo(filter, domain);
  return filter;
}
