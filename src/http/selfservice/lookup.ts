// The lookup behind the address field: does this e-mail domain sign in through an organization's identity provider? It may
// be wrong for a minute; the door that is opened afterwards asks again.

import { Hono } from "hono";
import { newAnswerId } from "../../crypto/random.ts";
import { canonicalDomain } from "../../domain/domains/domain-name.ts";
import { parseEmailAddress } from "../../domain/domains/email-address.ts";
import type { DomainService, RememberedLookup } from "../../domain/domains/service.ts";
import { unacceptable } from "../../domain/errors.ts";
import type { Project } from "../../domain/projects/project.ts";
import { servicesAlreadyFor } from "../../services.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { hostnameOf, LOOKUP_PATH, unknownHost } from "../middleware/project.ts";
import { allows } from "../middleware/shield.ts";
import { completeJson, jsonAnswer } from "../security-headers.ts";

export interface Lookup {
  /**
   * `GET /self-service/sso?identifier=` → `{sso, connections: [{id, label}]}`. One shape for every address, and the same
   * answer for every local part of a domain: it tells what organizations publish, never who exists (T92). An address that
   * is half typed or not an address has no SSO.
   */
  door: Hono<AppEnv>;
  /**
   * The same before anything else is done for the request, for people are typing: when its address is simple and this isolate
   * remembers the host. What is not so, what is not allowed, and what fails goes the `ordinary` way, which leads to the door,
   * and is answered or refused there.
   */
  quick(request: Request, env: Env, ordinary: Ordinary): Response | Promise<Response>;
}

type Ordinary = () => Response | Promise<Response>;

/** Requests whose lookup has failed before the app was asked, with what was thrown: the app words it, and asks nobody again. */
type Failed = WeakMap<Request, unknown>;

export function createLookup(): Lookup {
  const failed: Failed = new WeakMap();
  return {
    door: new Hono<AppEnv>().get(LOOKUP_PATH, (c) => answerInApp(c, failed)),
    quick(request, env, ordinary) {
      const asked = understand(request, env);
      if (!asked) return ordinary();
      const allowed = allows(env, request, asked.hostname, "lookup");
      if (allowed === true) return answer(request, asked, ordinary, failed);
      return allowed.then((may) => (may ? answer(request, asked, ordinary, failed) : ordinary()));
    },
  };
}

async function answerInApp(c: AppContext, failed: Failed): Promise<Response> {
  if (failed.has(c.req.raw)) throw failed.get(c.req.raw);
  const identifier = c.req.query("identifier");
  if (identifier === undefined) {
    throw unacceptable([{ field: "identifier", code: "required", message: "Give the e-mail address to look up." }]);
  }
  const { hosts, domains } = c.get("services");
  const project = c.get("project") as Project | undefined;
  const projectId = project?.id ?? (await hosts.hintByHost(hostnameOf(c)));
  if (projectId === undefined) throw unknownHost();
  const parsed = parseEmailAddress(identifier);
  if (!parsed.ok) return completeJson(c, { sso: false, connections: [] });
  return completeJson(c, await domains.lookup(projectId, parsed.address.domain));
}

/**
 * A lookup whose address says letter by letter what it means, so that it is read without being taken apart: a host name as
 * URLs have it, this path, this parameter alone, and an e-mail address of ordinary letters in which nothing but the @ may be
 * escaped. A local part that it lets through is one (`parseEmailAddress`); the domain still has to be one.
 */
const SIMPLE =
  /^https?:\/\/([a-z0-9.-]+)(?::[1-5]?[0-9]{1,4})?\/self-service\/sso\?identifier=([\w-]+(?:\.[\w-]+)*)(?:@|%40)([A-Za-z0-9.-]+)$/;
/** Characters of a local part (RFC 5321, section 4.5.3.1.1), and of the whole address. */
const LONGEST_LOCAL = 64;
const LONGEST = 254;

/** A lookup that is understood. */
interface Asked {
  domains: DomainService;
  projectId: string;
  hostname: string;
  /** In lower case; whether it is a domain's name is not known yet. */
  domain: string;
  /** What this isolate remembers of it: then it is one, for only canonical domains are remembered. */
  remembered: RememberedLookup | undefined;
}

/** What goes wrong here, where nothing catches it yet, is met again on the ordinary way (F33). */
function understand(request: Request, env: Env): Asked | undefined {
  if (request.method !== "GET") return undefined;
  const simple = SIMPLE.exec(request.url);
  if (simple === null) return undefined;
  const [, hostname = "", local = "", domain = ""] = simple;
  if (local.length > LONGEST_LOCAL || local.length + 1 + domain.length > LONGEST) return undefined;
  try {
    const services = servicesAlreadyFor(env);
    const projectId = services?.hosts.rememberedHint(hostname);
    if (!services || projectId === undefined) return undefined;
    const { domains } = services;
    const name = domain.toLowerCase();
    return { domains, projectId, hostname, domain: name, remembered: domains.remembered(projectId, name) };
  } catch {
    return undefined;
  }
}

function answer(request: Request, asked: Asked, ordinary: Ordinary, failed: Failed): Response | Promise<Response> {
  if (asked.remembered) return jsonAnswer(asked.remembered.json, newAnswerId());
  const name = canonicalDomain(asked.domain);
  if (!name.ok) return ordinary();
  return asked.domains.lookup(asked.projectId, name.domain).then(
    (found) => jsonAnswer(JSON.stringify(found), newAnswerId()),
    (error: unknown) => {
      failed.set(request, error);
      return ordinary();
    },
  );
}
