// The form of an app <-> the fields of an app. The organizations it is for are read apart (organizations.ts).

import { SIGNING_ALGS } from "../../../crypto/signing.ts";
import { CLIENT_AUTH_METHODS, CLIENT_SCOPES, type Client, SUBJECT_TYPES } from "../../../domain/clients/client.ts";
import type { ClientFields } from "../../../domain/clients/rules.ts";
import type { FormProblems } from "../../../views/console/parts/fields.tsx";
import { type ConsoleForm, problem } from "../form.ts";

type Values = Record<string, string>;
type Jwks = { keys: readonly Record<string, unknown>[] };

/** What was typed. Choices that the form does not offer are left out; keys that cannot be read are a problem. */
export function fieldsOf(form: ConsoleForm): { ok: true; value: ClientFields } | { ok: false; problems: FormProblems } {
  const jwks = jwksOf(form.text("jwks"));
  if (jwks === undefined) return { ok: false, problems: problem("jwks", `Paste a JWK Set as JSON: {"keys": [ … ]}.`) };
  const offline = form.flag("scope_offline_access");
  const value: ClientFields = {
    name: form.text("client_name"),
    redirectUris: linesOf(form, "redirect_uris"),
    postLogoutRedirectUris: linesOf(form, "post_logout_redirect_uris"),
    tokenEndpointAuthMethod: oneOf(CLIENT_AUTH_METHODS, form.text("token_endpoint_auth_method")),
    grantTypes: offline ? ["authorization_code", "refresh_token"] : ["authorization_code"],
    scope: CLIENT_SCOPES.filter((name) => name === "openid" || form.flag(`scope_${name}`)).join(" "),
    jwks,
    jwksUri: form.text("jwks_uri") || null,
    subjectType: oneOf(SUBJECT_TYPES, form.text("subject_type")),
    backchannelLogoutUri: form.text("backchannel_logout_uri") || null,
    backchannelLogoutSessionRequired: form.flag("backchannel_logout_session_required"),
    idTokenSignedResponseAlg: oneOf(SIGNING_ALGS, form.text("id_token_signed_response_alg")),
    pkce: oneOf(["required", "optional"] as const, form.text("pkce")),
  };
  return { ok: true, value };
}

/** What a stored app becomes: what the form does not show stays as it is. */
export function changedBy(before: Client, typed: ClientFields): ClientFields {
  const { metadata, responseTypes, skipConsent } = before;
  const fields = { ...typed, metadata, responseTypes, skipConsent };
  // Refresh tokens that are allowed without their scope can only have been set by the API.
  const unseen = before.grantTypes.includes("refresh_token") && !before.scope.split(" ").includes("offline_access");
  return unseen ? { ...fields, grantTypes: before.grantTypes } : fields;
}

/** What a refusal of one entry of a list is told with. */
export function listsOf(form: ConsoleForm, organizationIds: readonly string[]): Record<string, readonly string[]> {
  const names = ["redirect_uris", "post_logout_redirect_uris"];
  return { ...Object.fromEntries(names.map((name) => [name, linesOf(form, name)])), organization_ids: organizationIds };
}

/** What the form of a new app begins with: the service's defaults. */
export function valuesForNew(): Values {
  return {
    token_endpoint_auth_method: "client_secret_basic",
    pkce: "required",
    subject_type: "public",
    id_token_signed_response_alg: "RS256",
    scope_profile: "on",
    scope_email: "on",
  };
}

/** What the form of a stored app begins with. */
export function valuesOf(client: Client): Values {
  const scopes = client.scope.split(" ").map((name) => [`scope_${name}`, "on"]);
  return {
    client_name: client.name,
    redirect_uris: client.redirectUris.join("\n"),
    post_logout_redirect_uris: client.postLogoutRedirectUris.join("\n"),
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    ...Object.fromEntries(scopes),
    jwks: client.jwks === null ? "" : JSON.stringify(client.jwks, null, 2),
    jwks_uri: client.jwksUri ?? "",
    subject_type: client.subjectType,
    backchannel_logout_uri: client.backchannelLogoutUri ?? "",
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired ? "on" : "",
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    pkce: client.pkce,
  };
}

/** Lines alone: an address may have a comma in it. */
function linesOf(form: ConsoleForm, name: string): string[] {
  const lines = form.secret(name).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

/** A key set, or one key, as JSON; null for an empty text, undefined for anything else. */
function jwksOf(text: string): Jwks | null | undefined {
  if (text === "") return null;
  const value = parse(text);
  if (!isObject(value)) return undefined;
  if (!("keys" in value)) return "kty" in value ? { keys: [value] } : undefined;
  const { keys } = value;
  return Array.isArray(keys) && keys.every(isObject) ? { keys } : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function oneOf<T extends string>(choices: readonly T[], text: string): T | undefined {
  return choices.find((choice) => choice === text);
}
