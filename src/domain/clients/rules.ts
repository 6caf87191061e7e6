// What a client's fields may hold. Pure apart from the outbound rule it is given: values in, accepted values or field errors
// out.

import type { SigningAlg } from "../../crypto/signing.ts";
import { type FieldError, unacceptable } from "../errors.ts";
import { acceptLabel } from "../label.ts";
import {
  CLIENT_SCOPES,
  type Client,
  type ClientAuthMethod,
  type GrantType,
  type ResponseType,
  type SubjectType,
} from "./client.ts";
import { acceptClientJwks } from "./client-keys.ts";
import { refuseRedirectUri } from "./redirect-uri.ts";

/** The fields of a client that its writer chooses; what is left out has its default. */
export interface ClientFields {
  name?: string | undefined;
  redirectUris?: readonly string[] | undefined;
  postLogoutRedirectUris?: readonly string[] | undefined;
  grantTypes?: readonly GrantType[] | undefined;
  responseTypes?: readonly ResponseType[] | undefined;
  scope?: string | undefined;
  tokenEndpointAuthMethod?: ClientAuthMethod | undefined;
  jwks?: { keys: readonly Record<string, unknown>[] } | null | undefined;
  jwksUri?: string | null | undefined;
  subjectType?: SubjectType | undefined;
  backchannelLogoutUri?: string | null | undefined;
  backchannelLogoutSessionRequired?: boolean | undefined;
  skipConsent?: boolean | undefined;
  idTokenSignedResponseAlg?: SigningAlg | undefined;
  pkce?: "required" | "optional" | undefined;
  organizationIds?: readonly string[] | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** The chosen fields in the form in which they are stored. */
export type ClientSettings = Omit<Client, "projectId" | "id" | "secrets" | "revision" | "createdAt" | "updatedAt">;

/** Why an address of the app will not be requested by us, or undefined when it can be (T66, T122). */
export type OutboundRule = (url: string) => { code: string; message: string } | undefined;

export const MAX_REDIRECT_URIS = 50;
export const MAX_ORGANIZATIONS = 100;
/** Bytes of metadata as JSON. */
const MAX_METADATA = 4096;

/**
 * All settings of a client.
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export function acceptClient(fields: ClientFields, outbound: OutboundRule): ClientSettings {
  const problems: FieldError[] = [];
  const method = fields.tokenEndpointAuthMethod ?? "client_secret_basic";
  const grantTypes = [...new Set(fields.grantTypes ?? ["authorization_code" as const])];
  const redirectUris = acceptUris("redirect_uris", fields.redirectUris ?? [], method, problems);
  const subjectType = fields.subjectType ?? "public";
  const settings: ClientSettings = {
    name: fields.name ? acceptLabel("client_name", fields.name, problems) : "",
    redirectUris,
    postLogoutRedirectUris: acceptUris("post_logout_redirect_uris", fields.postLogoutRedirectUris ?? [], method, problems),
    grantTypes,
    responseTypes: [...new Set(fields.responseTypes ?? ["code" as const])],
    scope: acceptScope(fields.scope, grantTypes, problems),
    tokenEndpointAuthMethod: method,
    ...acceptKeys(method, fields, outbound, problems),
    subjectType,
    backchannelLogoutUri: fields.backchannelLogoutUri ?? null,
    backchannelLogoutSessionRequired: fields.backchannelLogoutSessionRequired ?? false,
    skipConsent: fields.skipConsent ?? true,
    // What every client library expects unasked (OpenID Connect Dynamic Client Registration 1.0, section 2).
    idTokenSignedResponseAlg: fields.idTokenSignedResponseAlg ?? "RS256",
    pkce: fields.pkce ?? "required",
    organizationIds: [...new Set((fields.organizationIds ?? []).map((id) => id.toLowerCase()))],
    metadata: fields.metadata ?? {},
  };
  checkGrants(settings, problems);
  checkSubject(settings, problems);
  checkOutbound("backchannel_logout_uri", settings.backchannelLogoutUri, outbound, problems);
  checkRest(settings, problems);
  if (problems.length > 0) throw unacceptable(problems);
  return settings;
}

function acceptUris(field: string, uris: readonly string[], method: ClientAuthMethod, problems: FieldError[]): string[] {
  if (uris.length > MAX_REDIRECT_URIS) {
    problems.push({ field, code: "too_many", message: `At most ${MAX_REDIRECT_URIS} addresses.` });
    return [];
  }
  uris.forEach((uri, index) => {
    const refusal = refuseRedirectUri(uri, method === "none");
    if (refusal) problems.push({ field: `${field}[${index}]`, ...refusal });
  });
  return [...new Set(uris)];
}

/** `openid` is always there: this is a provider of identities, not of bare access (OpenID Connect Core 1.0, section 3.1.2.1). */
function acceptScope(scope: string | undefined, grantTypes: readonly GrantType[], problems: FieldError[]): string {
  const refresh = grantTypes.includes("refresh_token");
  if (scope === undefined) return CLIENT_SCOPES.filter((name) => refresh || name !== "offline_access").join(" ");
  const known: readonly string[] = CLIENT_SCOPES;
  const wanted = [...new Set(scope.split(" ").filter((name) => name !== ""))];
  const field = "scope";
  if (!wanted.every((name) => known.includes(name))) {
    problems.push({ field, code: "scope_unknown", message: `Scopes are ${known.join(", ")}, separated by blanks.` });
  } else if (!wanted.includes("openid")) {
    problems.push({ field, code: "scope_openid", message: "The scope must include openid." });
  } else if (wanted.includes("offline_access") && !refresh) {
    problems.push({ field, code: "scope_offline", message: "offline_access needs the grant type refresh_token." });
  }
  return known.filter((name) => wanted.includes(name)).join(" ");
}

function acceptKeys(method: ClientAuthMethod, fields: ClientFields, outbound: OutboundRule, problems: FieldError[]) {
  const { jwks, jwksUri } = fields;
  if (method !== "private_key_jwt") {
    const message = `${method} needs no keys; they are for private_key_jwt.`;
    if (jwks) problems.push({ field: "jwks", code: "not_used", message });
    if (jwksUri) problems.push({ field: "jwks_uri", code: "not_used", message });
    return { jwks: null, jwksUri: null };
  }
  if (Boolean(jwks) === Boolean(jwksUri)) {
    const code = jwks ? "ambiguous" : "required";
    problems.push({ field: "jwks", code, message: "private_key_jwt needs either jwks or jwks_uri." });
  }
  checkOutbound("jwks_uri", jwksUri ?? null, outbound, problems);
  return { jwks: jwks ? acceptClientJwks(jwks, problems) : null, jwksUri: jwksUri ?? null };
}

function checkGrants({ grantTypes, responseTypes, redirectUris }: ClientSettings, problems: FieldError[]): void {
  if (!grantTypes.includes("authorization_code")) {
    problems.push({ field: "grant_types", code: "required", message: "authorization_code must be among them." });
  }
  if (responseTypes.length === 0) problems.push({ field: "response_types", code: "required", message: "Use code." });
  if (redirectUris.length === 0 && !problems.some(({ field }) => field === "redirect_uris")) {
    const message = "Say where the app takes people back: at least one address.";
    problems.push({ field: "redirect_uris", code: "required", message });
  }
}

/** A pairwise subject is computed for one host (OpenID Connect Core 1.0, section 8.1). */
function checkSubject({ subjectType, redirectUris }: ClientSettings, problems: FieldError[]): void {
  if (subjectType !== "pairwise" || problems.some(({ field }) => field.startsWith("redirect_uris"))) return;
  const hosts = new Set(redirectUris.map((uri) => new URL(uri).host));
  if (hosts.size > 1) {
    const message = "With pairwise subjects all redirect_uris are on one host.";
    problems.push({ field: "subject_type", code: "pairwise_hosts", message });
  }
}

function checkOutbound(field: string, url: string | null, outbound: OutboundRule, problems: FieldError[]): void {
  const refusal =
    url === null ? undefined : url.length > 2048 ? { code: "too_long", message: "At most 2048 characters." } : outbound(url);
  if (refusal) problems.push({ field, ...refusal });
}

function checkRest(settings: ClientSettings, problems: FieldError[]): void {
  const { pkce, tokenEndpointAuthMethod, organizationIds, metadata } = settings;
  if (pkce === "optional" && tokenEndpointAuthMethod === "none") {
    problems.push({ field: "pkce", code: "pkce_required", message: "An app without a secret needs PKCE." });
  }
  if (organizationIds.length > MAX_ORGANIZATIONS) {
    problems.push({ field: "organization_ids", code: "too_many", message: `At most ${MAX_ORGANIZATIONS} organizations.` });
  }
  if (new TextEncoder().encode(JSON.stringify(metadata)).length > MAX_METADATA) {
    problems.push({ field: "metadata", code: "too_long", message: `At most ${MAX_METADATA} bytes as JSON.` });
  }
}
