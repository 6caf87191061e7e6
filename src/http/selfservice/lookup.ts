// The lookup behind the address field: does this e-mail domain sign in through an organization's identity provider? It may
// be wrong for a minute; the door that is opened afterwards asks again.

import { Hono } from "hono";
import { newRequestId } from "../../crypto/random.ts";
import { parseEmailAddress } from "../../domain/domains/email-address.ts";
import type { SsoLookup } from "../../domain/domains/service.ts";
import { unacceptable } from "../../domain/errors.ts";
import type { Project } from "../../domain/projects/project.ts";
import { servicesAlreadyFor } from "../../services.ts";
import type { AppEnv } from "../context.ts";
import { hostnameOf, LOOKUP_PATH, unknownHost } from "../middleware/project.ts";
import { allows } from "../middleware/shield.ts";
import { completeJson, jsonAnswer } from "../security-headers.ts";

/**
 * `GET /self-service/sso?identifier=` → `{sso, connections: [{id, label}]}`. One shape for every address, and the same
 * answer for every local part of a domain: it tells what organizations publish, never who exists (T92). An address that
 * is half typed or not an address has no SSO.
 */
export const lookupDoor = new Hono<AppEnv>().get(LOOKUP_PATH, async (c) => {
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
});

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

/**
 * The lookup while this isolate remembers all of it, before anything else is done for the request: people are typing. What
 * is not remembered, not simple or not allowed goes the `ordinary` way, and is answered or refused there.
 */
export function rememberedLookup(
  request: Request,
  env: Env,
  ordinary: () => Response | Promise<Response>,
): Response | Promise<Response> {
  const found = remembered(request, env);
  if (!found) return ordinary();
  const allowed = allows(env, request, found.hostname, "lookup");
  if (allowed === true) return jsonAnswer(found.answer, newRequestId());
  return allowed.then((may) => (may ? jsonAnswer(found.answer, newRequestId()) : ordinary()));
}

/**
 * A domain that is remembered, or known to be a mailbox provider's, is a valid one in its canonical form: nothing else is
 * remembered. What goes wrong here, where nothing catches it yet, is met again on the ordinary way (F33).
 */
function remembered(request: Request, env: Env): { hostname: string; answer: SsoLookup } | undefined {
  if (request.method !== "GET") return undefined;
  const simple = SIMPLE.exec(request.url);
  if (simple === null) return undefined;
  const [, hostname = "", local = "", domain = ""] = simple;
  if (local.length > LONGEST_LOCAL || local.length + 1 + domain.length > LONGEST) return undefined;
  try {
    const services = servicesAlreadyFor(env);
    const projectId = services?.hosts.rememberedHint(hostname);
    if (!services || projectId === undefined) return undefined;
    const answer = services.domains.remembered(projectId, domain.toLowerCase());
    return answer && { hostname, answer };
  } catch {
    return undefined;
  }
}
