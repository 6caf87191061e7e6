// The lookup behind the address field: does this e-mail domain sign in through an organization's identity provider? It may
// be wrong for a minute; the door that is opened afterwards asks again.

import { Hono, type MiddlewareHandler } from "hono";
import { newRequestId } from "../../crypto/random.ts";
import { parseEmailAddress } from "../../domain/domains/email-address.ts";
import type { SsoLookup } from "../../domain/domains/service.ts";
import { unacceptable } from "../../domain/errors.ts";
import type { Project } from "../../domain/projects/project.ts";
import { servicesAlreadyFor } from "../../services.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { hostnameOf, LOOKUP_PATH, unknownHost } from "../middleware/project.ts";
import { allows } from "../middleware/shield.ts";
import { completeJson } from "../security-headers.ts";

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
 * The lookup while this isolate remembers all of it, before anything else is done for the request: people are typing. What
 * is not remembered, not an address or not allowed goes the ordinary way, and is answered or refused there.
 */
export const rememberedLookup: MiddlewareHandler<AppEnv> = async (c, next) => {
  const answer = remembered(c);
  if (!answer || !(await allows(c, "lookup"))) return await next();
  c.set("requestId", newRequestId());
  return completeJson(c, answer);
};

/** What goes wrong here, where nothing catches it yet, is met again on the ordinary way (F33). */
function remembered(c: AppContext): SsoLookup | undefined {
  try {
    const services = servicesAlreadyFor(c.env);
    const projectId = services?.hosts.rememberedHint(hostnameOf(c));
    if (!services || projectId === undefined) return undefined;
    const parsed = parseEmailAddress(c.req.query("identifier") ?? "");
    return parsed.ok ? services.domains.remembered(projectId, parsed.address.domain) : undefined;
  } catch {
    return undefined;
  }
}
