// The library's answer as it goes out: its headers without its cookies, what the request has given out kept first, and our own
// pages in the place of its own.

import type { ContentfulStatusCode, StatusCode } from "hono/utils/http-status";
import { notFound } from "../../domain/errors.ts";
import { referenceOf } from "../../domain/events/reference.ts";
import { brandOf } from "../../views/brand.ts";
import { appErrorPage } from "../../views/pages/app-error.tsx";
import type { AppContext } from "../context.ts";
import { asDomainError, wantsPage } from "../errors.ts";
import { log } from "../log.ts";
import type { ProviderRequest } from "./request.ts";
import { forgetSuspended, keepSuspended } from "./suspended.ts";

const PASSED_ON = /^(?:content-type|location|cache-control|pragma|vary|allow|www-authenticate)$/;

/** @throws {DomainError} what stopped the library, for the last resort; and when what was given out cannot be kept */
export async function answer(
  c: AppContext,
  response: Response,
  request: ProviderRequest,
  /** Headers of a success. */
  extra: Record<string, string> = {},
): Promise<Response> {
  if (request.failure !== undefined) return failed(c, request.failure);
  if (request.error) return refused(c, response.status, request.error);
  if (response.status === 404) throw notFound("page");
  try {
    if (request.issued.length > 0) await request.services.provider.save(request.issued);
  } catch (error) {
    return failed(c, error);
  }
  await keepSuspended(c, request);
  if (request.resumed && (request.finished || request.suspended)) forgetSuspended(c, request.resumed.uid);

  // Pages elsewhere may read what a browser app asks for with its Origin; nobody else is told that they may (T123).
  const isCrossOrigin = c.req.header("Origin") !== undefined;
  for (const [name, value] of response.headers) {
    if (PASSED_ON.test(name) || (isCrossOrigin && name.startsWith("access-control-"))) c.header(name, value);
  }
  if (response.ok) for (const [name, value] of Object.entries(extra)) c.header(name, value);
  const body = await response.text();
  // The page of response_mode=form_post: its one script is allowed by its hash, and its form leads to the app.
  const policy = response.headers.get("content-security-policy");
  if (policy !== null && response.headers.get("content-type")?.startsWith("text/html")) {
    c.header("Content-Security-Policy", policy);
    return c.body(body, response.status as ContentfulStatusCode);
  }
  // A redirect's body is words for nobody.
  const isRedirect = response.status >= 300 && response.status < 400;
  return body === "" || isRedirect
    ? c.body(null, response.status as StatusCode)
    : c.body(body, response.status as ContentfulStatusCode);
}

/** An OAuth error that has nowhere to go: a page of ours, or the error as JSON (RFC 6749, section 5.2). */
function refused(c: AppContext, status: number, { error, description }: { error: string; description: string | undefined }) {
  log(c.get("requestId"), "warn", "provider_refused", { error });
  c.header("Cache-Control", "no-store");
  if (!wantsPage(c)) {
    return c.json(
      { error, ...(description === undefined ? {} : { error_description: description }) },
      status as ContentfulStatusCode,
    );
  }
  const page = appErrorPage({
    brand: brandOf(c.get("project"), c.get("mount")),
    error,
    description,
    reference: referenceOf(c.get("requestId")),
  });
  return c.html(page, status as ContentfulStatusCode);
}

/** Programs of apps know OAuth's errors and not our envelope. */
function failed(c: AppContext, failure: unknown): Response {
  const error = asDomainError(failure, c);
  if (wantsPage(c)) throw error;
  c.header("Cache-Control", "no-store");
  if (error.retryAfter !== undefined) c.header("Retry-After", String(error.retryAfter));
  const [code, status] =
    error.kind === "unavailable" ? (["temporarily_unavailable", 503] as const) : (["server_error", 500] as const);
  return c.json({ error: code, error_description: error.message }, status);
}
