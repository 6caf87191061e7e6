// The project that the request's host name stands for, and the host that the management API is on. The host is the URL's,
// which the platform takes from the request line and Host; X-Forwarded-Host is never read (T124).

import type { MiddlewareHandler } from "hono";
import { CONSOLE_SLUG } from "../../config.ts";
import { DomainError, notFound } from "../../domain/errors.ts";
import { type AppContext, type AppEnv, urlOf } from "../context.ts";

/** Path of the lookup behind the address field (src/http/selfservice/lookup.ts). */
export const LOOKUP_PATH = "/self-service/sso";
/** Where the console and the operators' own doors stand. */
export const CONSOLE_MOUNT = "/console";
/** Where the first operator is made. */
export const SETUP_PATH = `${CONSOLE_MOUNT}/setup`;

/**
 * Sets the project of the host for everything behind it. The lookup alone finds its project itself: a hint from KV is
 * enough for it, and may not be for anybody else.
 * @throws {DomainError} `unknown_host`
 */
export const projectByHost: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("mount", "");
  if (c.req.path === LOOKUP_PATH) return await next();
  const project = await c.get("services").hosts.byHost(hostnameOf(c));
  if (!project) throw unknownHost();
  c.set("project", project);
  await next();
};

/** The operators' project, for its doors below `/console` on the base host. Until there is an operator, the first is made. */
export const consoleProject: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("mount", CONSOLE_MOUNT);
  const { hosts, projects } = c.get("services");
  // That there is none may be remembered from before it was made.
  const project = (await hosts.bySlug(CONSOLE_SLUG)) ?? (await projects.findBySlug(CONSOLE_SLUG));
  if (!project) return c.redirect(SETUP_PATH, 303);
  c.set("project", project);
  await next();
};

/** In front of the sign-in page: as long as there is no operator, nobody could sign in. One round trip until there is one. */
export const setUpFirst: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!(await c.get("services").operators.isSetUp())) return c.redirect(SETUP_PATH, 303);
  await next();
};

/** Nothing behind it exists on other hosts than the base host. */
export const baseHostOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (hostnameOf(c) !== c.get("services").config.baseUrl.hostname) throw notFound("page");
  await next();
};

/** The host name of the request's URL, without port. */
export function hostnameOf(c: AppContext): string {
  return urlOf(c).hostname;
}

/** No project answers on this host. */
export function unknownHost(): DomainError {
  return new DomainError({ kind: "not_found", code: "unknown_host", message: "No project answers on this host name." });
}
