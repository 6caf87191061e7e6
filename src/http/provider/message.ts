// A request as the library gets it: under the project's own origin, whatever host it came by (T124), with our session in the
// place of a cookie of the library's, and nothing else that a browser sent.

import type { ClaimsSource } from "../../domain/provider/claims.ts";
import type { AppContext } from "../context.ts";
import { readText } from "../json-body.ts";
import { COOKIES } from "./names.ts";
import type { Resumed } from "./request.ts";

/** What the browser brought along. */
export interface Browser {
  session?: ClaimsSource | undefined;
  resumed?: Resumed | undefined;
}

const MAX_BYTES = 48 * 1024;
/** Headers that the library needs to see. */
const PASSED_ON = [
  "accept",
  "authorization",
  "content-type",
  "origin",
  "access-control-request-method",
  "access-control-request-headers",
];
const FORM = "application/x-www-form-urlencoded";

/** @throws {DomainError} `body_too_large` */
export async function readBody(c: AppContext): Promise<string | undefined> {
  return c.req.method === "POST" ? await readText(c.req.raw, MAX_BYTES) : undefined;
}

export function libraryRequest(c: AppContext, issuer: string, body: string | undefined, browser: Browser): Request {
  const asked = new URL(c.req.url);
  const origin = new URL(issuer);
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  headers.set("host", origin.host);
  headers.set("x-forwarded-host", origin.host);
  headers.set("x-forwarded-proto", origin.protocol.slice(0, -1));
  const cookies = [
    ...(browser.session ? [`${COOKIES.session}=${browser.session.session.id}`] : []),
    ...(browser.resumed ? [`${COOKIES.resume}=${browser.resumed.uid}`] : []),
  ];
  if (cookies.length > 0) headers.set("cookie", cookies.join("; "));

  const url = new URL(asked.pathname + asked.search, issuer);
  if (asked.pathname === "/oauth2/auth" && body === undefined) url.search = withConsent(url.search);
  if (body === undefined) return new Request(url, { method: c.req.method, headers });
  const carriesRequest = asked.pathname === "/oauth2/auth" || asked.pathname === "/oauth2/par";
  const isForm = (headers.get("content-type") ?? "").toLowerCase().startsWith(FORM);
  const text = carriesRequest && isForm ? withConsent(body) : body;
  // Without a length the library takes a request for one without a body.
  const bytes = new TextEncoder().encode(text);
  headers.set("content-length", String(bytes.byteLength));
  return new Request(url, { method: c.req.method, headers, body: bytes });
}

/**
 * `offline_access` needs `prompt=consent` (OpenID Connect Core 1.0, section 11) unless there is another ground to allow it,
 * and here there is: the project has registered the app for refresh tokens. The library knows only the prompt.
 */
function withConsent(form: string): string {
  const params = new URLSearchParams(form);
  const prompts = params.getAll("prompt");
  const scopes = params.get("scope")?.split(" ") ?? [];
  if (!scopes.includes("offline_access") || prompts.length > 1) return form;
  const asked = prompts[0]?.split(" ").filter((prompt) => prompt !== "") ?? [];
  if (asked.includes("none") || asked.includes("consent")) return form;
  params.set("prompt", [...asked, "consent"].join(" "));
  return params.toString();
}
