// What every management operation shares: its guards, its errors, and how schemas stand in the OpenAPI document.

import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Permission } from "../../domain/projects/operator-access.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { rememberWrite } from "../display.ts";
import { requireEverywhere, requireInProject } from "../middleware/management-key.ts";
import { jsonBody } from "./body.ts";

export type ManagementDoor = OpenAPIHono<AppEnv>;

/** Either of these opens every operation (src/http/middleware/management-key.ts). */
export const security = [{ bearerKey: [] }, { operatorSession: [] }];

/**
 * The guards of an operation inside a project, in order: the credential reaches the project and may do this, the project
 * exists (it is `c.get("project")` from then on), the body is JSON when there is to be one.
 */
export function inProject(permission: Permission): [MiddlewareHandler<AppEnv>];
export function inProject(permission: Permission, options: { body?: boolean }): MiddlewareHandler<AppEnv>[];
export function inProject(permission: Permission, options: { body?: boolean } = {}): MiddlewareHandler<AppEnv>[] {
  const guard: MiddlewareHandler<AppEnv> = async (c, next) => {
    const projectId = c.req.param("project_id") ?? "";
    requireInProject(c, projectId, permission);
    c.set("project", await c.get("services").projects.get(projectId));
    await next();
    if (c.get("services").config.readReplication) await rememberWrite(c);
  };
  return options.body ? [guard, jsonBody] : [guard];
}

/** The guards of an operation outside any project. */
export function everywhere(permission: Permission): [MiddlewareHandler<AppEnv>];
export function everywhere(permission: Permission, options: { body?: boolean }): MiddlewareHandler<AppEnv>[];
export function everywhere(permission: Permission, options: { body?: boolean } = {}): MiddlewareHandler<AppEnv>[] {
  const guard: MiddlewareHandler<AppEnv> = async (c, next) => {
    requireEverywhere(c, permission);
    await next();
  };
  return options.body ? [guard, jsonBody] : [guard];
}

/** A JSON request body with its schema. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** A JSON answer with its schema. */
export function answer<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

const ErrorEnvelope = z
  .object({
    error: z.object({
      id: z.string().openapi({ description: "Stable name of the error, listed in docs/errors.md.", example: "not_found" }),
      code: z.int().openapi({ description: "The HTTP status." }),
      status: z.string(),
      reason: z.string().openapi({ description: "What to do about it, in one sentence." }),
      message: z.string(),
      request: z.string().openapi({ description: "Id of the request; logs and audit events carry it." }),
      details: z.record(z.string(), z.unknown()).openapi({ description: "One entry per field that broke a rule." }),
    }),
  })
  .openapi("Error");

const ERRORS = {
  400: "The body is not JSON.",
  403: "The credential may not do that.",
  404: "Not there, or not there for this credential.",
  409: "Taken, or changed since it was read.",
  413: "The body is larger than 64 KiB.",
  415: "The body is not application/json.",
  422: "Understood, but some fields are not acceptable.",
  429: "Too soon after the last time. Retry-After says when.",
} as const;

/** The errors of an operation for its OpenAPI entry; 401 and 503 can always happen. */
export function errors(...statuses: (keyof typeof ERRORS)[]) {
  const entry = (description: string) => answer(description, ErrorEnvelope);
  return {
    401: entry("No credential, or not one that is known."),
    ...Object.fromEntries(statuses.map((status) => [status, entry(ERRORS[status])])),
    503: entry("A store cannot answer. Retry-After says when to try again."),
  };
}

/** The errors of an operation that reads a JSON body. */
export const BODY_ERRORS = [400, 413, 415, 422] as const;

export const ProjectParams = z.object({
  project_id: z.string().openapi({ param: { name: "project_id", in: "path" }, format: "uuid" }),
});

/** `If-Match: "3"`: the revision the caller has read (RFC 9110, section 13.1.1). Undefined when absent or `*`. */
export function expectedRevision(c: AppContext): number | undefined {
  const header = c.req.header("If-Match")?.trim();
  if (header === undefined || header === "*") return undefined;
  const match = /^"([0-9]{1,15})"$/.exec(header);
  // Any other tag is one that we never gave out, so it matches no revision.
  return match ? Number(match[1]) : 0;
}

/** Gives the revision out as the entity tag that `If-Match` takes. */
export function tag(c: AppContext, of: { revision: number }): void {
  c.header("ETag", `"${of.revision}"`);
}

export const Timestamp = z.string().openapi({ format: "date-time", example: "2026-11-24T09:00:00.000Z" });
export const Id = z.string().openapi({ format: "uuid" });
