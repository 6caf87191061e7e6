// DomainError -> what goes out: Ory's JSON envelope for programs, a calm page with a reference for people. The one place
// that maps kinds to statuses, and the last resort for everything unexpected.

import type { ContentfulStatusCode } from "hono/utils/http-status";
import { DomainError, type ErrorKind, type FieldError } from "../domain/errors.ts";
import { referenceOf } from "../domain/events/reference.ts";
import type { Project } from "../domain/projects/project.ts";
import { ConstraintViolation } from "../storage/database.ts";
import { brandOf } from "../views/brand.ts";
import { errorPage } from "../views/pages/error.tsx";
import type { AppContext } from "./context.ts";
import { log } from "./log.ts";

const STATUS: Record<ErrorKind, { code: ContentfulStatusCode; status: string }> = {
  invalid: { code: 400, status: "Bad Request" },
  unauthenticated: { code: 401, status: "Unauthorized" },
  forbidden: { code: 403, status: "Forbidden" },
  not_found: { code: 404, status: "Not Found" },
  method_not_allowed: { code: 405, status: "Method Not Allowed" },
  conflict: { code: 409, status: "Conflict" },
  gone: { code: 410, status: "Gone" },
  too_large: { code: 413, status: "Content Too Large" },
  unsupported_media_type: { code: 415, status: "Unsupported Media Type" },
  unacceptable: { code: 422, status: "Unprocessable Content" },
  rate_limited: { code: 429, status: "Too Many Requests" },
  internal: { code: 500, status: "Internal Server Error" },
  upstream: { code: 502, status: "Bad Gateway" },
  unavailable: { code: 503, status: "Service Unavailable" },
};

export interface ErrorEnvelope {
  error: {
    id: string;
    code: number;
    status: string;
    reason: string;
    message: string;
    request: string;
    details: Record<string, unknown>;
  };
}

/** The envelope of every JSON error. `details` has one entry per field of the input that broke a rule. */
export function errorEnvelope(error: DomainError, requestId: string): ErrorEnvelope {
  const { code, status } = STATUS[error.kind];
  return {
    error: {
      id: error.code,
      code,
      status,
      reason: error.message,
      message: error.kind === "unacceptable" ? "The request was understood, but some of its fields are not acceptable." : status,
      request: requestId,
      details: fieldDetails(error.fields),
    },
  };
}

/**
 * Groups by the top-level field; `path` points into lists and objects. Field names may come from the caller, so they are
 * keys of a Map first: as keys of an object, `__proto__` would reach every object there is (T109).
 */
function fieldDetails(fields: readonly FieldError[]): Record<string, unknown> {
  const details = new Map<string, { code: string; message: string; path: string }>();
  for (const { field, code, message } of fields) {
    const key = /^[^.[]+/.exec(field)?.[0] ?? field;
    const earlier = details.get(key);
    if (earlier) earlier.message = `${earlier.message} ${message}`;
    else details.set(key, { code, message, path: field });
  }
  return Object.fromEntries(details);
}

/** The error as a domain error; what nobody foresaw becomes `internal` and is logged with its stack, once, here. */
export function asDomainError(error: unknown, c: AppContext): DomainError {
  if (error instanceof DomainError) {
    if (error.kind === "unavailable" || error.kind === "internal") {
      log(c.get("requestId"), "error", error.code, { cause: error.cause instanceof Error ? error.cause.message : undefined });
    }
    return error;
  }
  if (error instanceof ConstraintViolation && error.kind === "foreign_key") {
    return new DomainError({
      kind: "conflict",
      code: "reference_gone",
      message: "Something that this change belongs to has just been deleted.",
    });
  }
  const name = error instanceof Error ? error.name : typeof error;
  const detail =
    error instanceof ConstraintViolation
      ? { kind: error.kind, on: error.on }
      : { stack: error instanceof Error ? error.stack : undefined };
  log(c.get("requestId"), "error", "unexpected_error", { name, ...detail });
  return new DomainError({ kind: "internal", code: "internal_error", message: "Something went wrong on our side." });
}

/** Answers an error in the dialect the caller speaks: a page for a browser that navigates, the envelope otherwise. */
export function errorResponse(error: unknown, c: AppContext): Response | Promise<Response> {
  const domainError = asDomainError(error, c);
  const { code } = STATUS[domainError.kind];
  c.header("Cache-Control", "no-store");
  if (domainError.retryAfter !== undefined) c.header("Retry-After", String(domainError.retryAfter));
  if (domainError.kind === "unauthenticated") c.header("WWW-Authenticate", "Bearer");
  const requestId = c.get("requestId");
  if (wantsPage(c)) {
    // Set only once the host has been matched to a project, or the path has named one to administer.
    const project = c.get("project") as Project | undefined;
    const mount = c.get("mount") as string | undefined;
    const atItsDoors = mount !== undefined && c.get("managementScope") === undefined;
    const brand = project ? { brand: atItsDoors ? brandOf(project, mount) : project.name } : {};
    const retry = mount ? { retry: mount } : {};
    const reference = referenceOf(requestId);
    return c.html(errorPage({ status: code, reason: domainError.code, reference, ...brand, ...retry }), code);
  }
  return c.json(errorEnvelope(domainError, requestId), code);
}

/** A browser that navigates asks for text/html by name; anything else (curl, fetch) gets JSON. */
export function wantsPage(c: AppContext): boolean {
  return (c.req.header("Accept") ?? "").includes("text/html");
}
