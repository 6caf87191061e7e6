// A coarse limit by network in front of the public doors: it keeps floods away from D1. It counts per location and
// permissively, and when it cannot answer it lets people through; exact limits are counted in D1 (src/domain/login).

import type { MiddlewareHandler } from "hono";
import { DomainError } from "../../domain/errors.ts";
import { networkOf } from "../../domain/login/attempts.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { hostnameOf, LOOKUP_PATH } from "./project.ts";

/** Seconds until a refused caller may try again: `period` of the SHIELD binding in wrangler.toml, which also has the limit. */
const RETRY_AFTER = 60;
/** The /64 of `::1`. */
const LOOPBACK_V6 = "0:0:0:0::/64";

/**
 * Limits what costs something, each kind for itself, so that an office behind one address can sign in by the hundred:
 * lookups, starts, callbacks, and everything that posts. The key is host, kind and network (IPv4 address or IPv6 /64, T95).
 *
 * Callers without CF-Connecting-IP or with a loopback one are not limited: behind Cloudflare there are none, and local
 * load tests come from there.
 * @throws {DomainError} `rate_limited`
 */
export const shield: MiddlewareHandler<AppEnv> = async (c, next) => {
  const kind = kindOf(c);
  if (kind && !(await allows(c.env, c.req.raw, hostnameOf(c), kind))) {
    throw new DomainError({
      kind: "rate_limited",
      code: "rate_limited",
      message: "Too many requests from this network. Try again in a minute.",
      retryAfter: RETRY_AFTER,
    });
  }
  await next();
};

type Kind = "lookup" | "start" | "authorize" | "callback" | "write";

/** Counts the request, and says whether it may go on; at once when it is none of those that are limited. */
export function allows(env: Env, request: Request, hostname: string, kind: Kind): true | Promise<boolean> {
  const ipAddress = request.headers.get("CF-Connecting-IP");
  if (ipAddress === null) return true;
  const network = networkOf(ipAddress);
  if (network.startsWith("127.") || network === LOOPBACK_V6) return true;
  return isBelowLimit(env, `${hostname}|${kind}|${network}`);
}

async function isBelowLimit(env: Env, key: string): Promise<boolean> {
  try {
    return (await env.SHIELD.limit({ key })).success;
  } catch {
    return true;
  }
}

function kindOf(c: AppContext): Kind | undefined {
  const { method } = c.req;
  const path = c.req.path.slice(c.get("mount").length);
  if (path === LOOKUP_PATH) return "lookup";
  if (path.startsWith("/sso/start")) return "start";
  if (path.startsWith("/oauth2/auth")) return "authorize";
  if (path.startsWith("/self-service/methods/")) return "callback";
  return method === "GET" || method === "HEAD" || method === "OPTIONS" ? undefined : "write";
}
