// Which project a host name stands for, and under which origin a project is reached. Origins come from configuration and
// the project's row, never from a request's headers (T124).

import { CONSOLE_SLUG, type Config } from "../../config.ts";
import type { Runtime } from "../../services.ts";
import { findProjectByHost } from "../../storage/hosts.ts";
import { createExpiringCache } from "../expiring-cache.ts";
import { createFlights } from "../flights.ts";
import type { Project } from "./project.ts";

export interface HostResolver {
  /**
   * The project of a host name (a port is ignored), or undefined. Remembered for ten seconds in this isolate, so what it
   * says of the project's settings is for showing; whoever decides reads the project's row again.
   * @throws {DomainError} `unavailable`
   */
  byHost(host: string): Promise<Project | undefined>;
  /**
   * The id of the project of a host name, for the lookup alone: KV is asked before D1, so the answer may be minutes old.
   * @throws {DomainError} `unavailable` when neither can answer
   */
  hintByHost(host: string): Promise<string | undefined>;
  /** What `hintByHost` would say, if this isolate remembers a project. @param hostname in lower case, without a port */
  rememberedHint(hostname: string): string | undefined;
  /** The project of a slug, remembered like `byHost`. @throws {DomainError} `unavailable` */
  bySlug(slug: string): Promise<Project | undefined>;
  /** After a write to a project in this isolate. */
  forget(projectId: string): void;
}

/** Hosts remembered per isolate. */
export const LIMIT = 1000;
/** Milliseconds. */
export const KNOWN_TTL = 10_000;
const UNKNOWN_TTL = 5_000;
/** More than D1's time limit, and for a hint KV's too. */
const PATIENCE = 4_500;

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export function createHostResolver(runtime: Runtime): HostResolver {
  const { config, clock, directory, placement, domainIndex, background } = runtime;
  const projects = createExpiringCache<{ project: Project | undefined }>(LIMIT, clock);
  const hints = createExpiringCache<string>(LIMIT, clock);
  const reads = createFlights<Project | undefined>({ clock, background, patience: PATIENCE });
  const hintReads = createFlights<string | undefined>({ clock, background, patience: PATIENCE });

  async function byHost(host: string): Promise<Project | undefined> {
    const hostname = withoutPort(host);
    const known = projects.get(hostname);
    if (known) return known.project;
    const askedAt = clock();
    return await reads.share(
      hostname,
      () => findProjectByHost(directory, addressed(hostname, config)),
      (project) => {
        if (project) placement.learn(project, askedAt);
        projects.set(hostname, { project }, project ? KNOWN_TTL : UNKNOWN_TTL);
      },
    );
  }

  async function hintByHost(host: string): Promise<string | undefined> {
    const hostname = withoutPort(host);
    const remembered = rememberedHint(hostname);
    if (remembered !== undefined || projects.get(hostname)) return remembered;
    return await hintReads.share(
      hostname,
      () => findHint(hostname),
      (id) => id !== undefined && hints.set(hostname, id, KNOWN_TTL),
    );
  }

  function rememberedHint(hostname: string): string | undefined {
    const known = projects.get(hostname);
    return known ? known.project?.id : hints.get(hostname);
  }

  async function findHint(hostname: string): Promise<string | undefined> {
    const hint = await domainIndex.getHost(hostname);
    if (hint !== undefined) return hint;
    const project = await byHost(hostname);
    if (project) background(domainIndex.putHost(hostname, project.id));
    return project?.id;
  }

  return {
    byHost,
    hintByHost,
    rememberedHint,
    bySlug: (slug) => byHost(`${slug}.${config.baseUrl.hostname}`),
    forget(projectId) {
      // Negative entries go too: the write may have given the project a new host name.
      projects.deleteWhere(({ project }) => project === undefined || project.id === projectId);
      hints.deleteWhere((id) => id === projectId);
      reads.forgetAll();
      hintReads.forgetAll();
    },
  };
}

/**
 * The origin under which a project is reached, canonically: the base URL for the default project, else the first of its
 * own host names, else `{slug}.{base host}` with the base URL's scheme and port. No slash at the end.
 */
export function originOf(project: Pick<Project, "slug" | "hostnames">, config: Config): string {
  if (project.slug === config.defaultProjectSlug) return config.baseUrl.origin;
  const own = project.hostnames[0];
  return own === undefined ? `${config.baseUrl.protocol}//${project.slug}.${config.baseUrl.host}` : `https://${own}`;
}

/**
 * Where a project's public doors stand: its origin, and for the operators' project `/console` on the base host, so that an
 * installation with a single host has a console. No slash at the end.
 */
export function doorsOf(project: Pick<Project, "slug" | "hostnames">, config: Config): string {
  return project.slug === CONSOLE_SLUG ? `${config.baseUrl.origin}/console` : originOf(project, config);
}

/** Whether a host name (a port is ignored) is one of a project's. */
export function isHostOf(project: Pick<Project, "slug" | "hostnames">, host: string, config: Config): boolean {
  const hostname = withoutPort(host);
  const addressedBy = addressed(hostname, config);
  return "slug" in addressedBy ? addressedBy.slug === project.slug : project.hostnames.includes(hostname);
}

/** The base host and the names one label below it belong to slugs; every other name is some project's own. */
function addressed(hostname: string, config: Config): { slug: string } | { hostname: string } {
  const base = config.baseUrl.hostname;
  if (hostname === base) return { slug: config.defaultProjectSlug };
  const label = hostname.endsWith(`.${base}`) ? hostname.slice(0, -base.length - 1) : "";
  return SLUG.test(label) ? { slug: label } : { hostname };
}

function withoutPort(host: string): string {
  return host.toLowerCase().replace(/:[0-9]+$/, "");
}
