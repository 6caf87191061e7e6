// Where a person goes to sign in for an app: the hosted login and its single sign-on, with what the app asked for. These
// links carry wishes, not decisions: what came of them is judged when the person is back (`unmet`).

import { parseEmailAddress } from "../../domain/domains/email-address.ts";
import { provenAt } from "../../domain/provider/claims.ts";
import type { ProviderRequest, Resumed } from "./request.ts";

/** Parameters of an authorization request. */
export type Params = Record<string, unknown>;

/** Milliseconds that an IdP's clock and ours may differ. */
const TOLERANCE_MS = 30_000;

/**
 * The path to send the browser to. An organization or connection that the app names, or the one organization an app is for,
 * pins the login; otherwise an address or domain that the app gives is routed as if it had been typed.
 */
export async function loginUrl(
  request: ProviderRequest,
  params: Params,
  options: { returnTo: string; reasons: readonly string[]; appOrganizations: readonly string[] },
): Promise<string> {
  const query = new URLSearchParams();
  if (isSignedIn(request)) query.set("refresh", "true");
  for (const [name, value] of Object.entries(demands(params))) query.set(name, value);
  const hint = parseEmailAddress(text(params["login_hint"]) ?? "");
  if (hint.ok) query.set("login_hint", hint.address.typed);
  query.set("return_to", options.returnTo);

  const connection = text(params["connection"]);
  if (connection !== undefined) return sso(query, "connection", connection);
  const [only, ...others] = options.appOrganizations;
  const organization = text(params["organization"]) ?? (others.length === 0 ? only : undefined);
  if (organization !== undefined) return sso(query, "organization", organization);
  const routed = options.reasons.includes("select_account_prompt") ? undefined : await organizationOf(request, params, hint);
  return routed === undefined ? `/login?${query}` : sso(query, "organization", routed);
}

/** What the IdP is asked for: `prompt=login` for a new proof, `max_age` for one that is no older. */
function demands(params: Params): Record<string, string> {
  if (prompts(params).includes("login")) return { prompt: "login", max_age: "0" };
  const maxAge = text(params["max_age"]);
  return maxAge === undefined ? {} : { max_age: maxAge };
}

/**
 * Why the login that the person comes back from does not do, or undefined. `prompt=login` and `max_age` need somebody's word
 * that the person was there: an IdP that ignores them, and a link that was tampered with, both end here (T121).
 */
export function unmet(resumed: Resumed, request: ProviderRequest): string | undefined {
  if (!resumed.signedInSince || !request.session) return undefined;
  const params = resumed.payload["params"];
  if (typeof params !== "object" || params === null) return undefined;
  const { max_age } = demands(params as Params);
  if (max_age === undefined) return undefined;
  const proven = provenAt(request.session.session);
  const oldest = resumed.suspendedAt - Number(max_age) * 1000 - TOLERANCE_MS;
  return proven !== undefined && proven >= oldest ? undefined : "the person was not authenticated again";
}

/** The organization whose people have this address or domain, when single sign-on is their only way in. */
async function organizationOf(
  { services, project }: ProviderRequest,
  params: Params,
  hint: ReturnType<typeof parseEmailAddress>,
): Promise<string | undefined> {
  const domainHint = text(params["domain_hint"]);
  const address = hint.ok ? hint : parseEmailAddress(`person@${domainHint ?? ""}`);
  if (!address.ok) return undefined;
  const routing = await services.login.route(project, address.address);
  return routing.decision === "sso" ? routing.organizationId : undefined;
}

function isSignedIn({ session }: ProviderRequest): boolean {
  return session !== undefined;
}

function sso(query: URLSearchParams, by: "connection" | "organization", id: string): string {
  query.delete("refresh");
  query.set(by, id);
  return `/sso/start?${query}`;
}

function prompts(params: Params): string[] {
  return text(params["prompt"])?.split(" ") ?? [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}
