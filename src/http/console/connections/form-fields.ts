// The form of a connection <-> the fields of a connection.

import {
  type Connection,
  ID_TOKEN_ALGS,
  type IdTokenAlg,
  PROVIDERS,
  type Provider,
  TOKEN_ENDPOINT_AUTH_METHODS,
  type TokenEndpointAuthMethod,
} from "../../../domain/connections/connection.ts";
import type { ConnectionChanges } from "../../../domain/connections/service.ts";
import type { Preset } from "../../../protocols/oidc/presets/index.ts";
import type { ConsoleForm } from "../form.ts";

type Values = Record<string, string>;

/** Rows for claims beyond the filled ones, and at most. */
const SPARE_ROWS = 2;
const MAX_ROWS = 20;

/** Fields that stand under "Show advanced settings". */
export const ADVANCED = [
  "organization_id",
  "provider",
  "scope",
  "claims_source",
  "claims_mapping",
  "id_token_signed_response_alg",
  "update_identity_on_login",
] as const;

/** What was typed, as the fields of a connection. Choices that the form does not offer are left out. */
export function fieldsOfForm(form: ConsoleForm): ConnectionChanges & { issuerUrl: string; clientId: string } {
  const secret = form.secret("client_secret");
  const label = form.text("label");
  return {
    issuerUrl: form.text("issuer_url"),
    clientId: form.text("client_id"),
    label: label === "" ? undefined : label,
    clientSecret: secret === "" ? undefined : secret,
    tokenEndpointAuthMethod: oneOf<TokenEndpointAuthMethod>(TOKEN_ENDPOINT_AUTH_METHODS, form.text("token_endpoint_auth_method")),
    scope: form
      .text("scope")
      .split(/\s+/)
      .filter((token) => token !== ""),
    claimsSource: oneOf(["id_token", "userinfo"] as const, form.text("claims_source")),
    claimsMapping: mappingOfForm(form),
    idTokenSignedResponseAlg: oneOf<IdTokenAlg>(ID_TOKEN_ALGS, form.text("id_token_signed_response_alg")),
    updateIdentityOnLogin: oneOf(["never", "automatic"] as const, form.text("update_identity_on_login")),
  };
}

/** A provider by its name on the wire. */
export function providerNamed(text: string): Provider | undefined {
  return oneOf<Provider>(PROVIDERS, text);
}

/** What the form of a new connection begins with. */
export function valuesOfPreset(preset: Preset): Values {
  return {
    issuer_url: preset.guide.issuer ?? "",
    token_endpoint_auth_method: "client_secret_basic",
    scope: preset.scope.join(" "),
    claims_source: preset.claimsSource,
    id_token_signed_response_alg: preset.idTokenSignedResponseAlg,
    update_identity_on_login: "never",
  };
}

/** What the form of a stored connection begins with. */
export function valuesOfConnection(connection: Connection): Values {
  const rows = Object.entries(connection.claimsMapping).flatMap(([trait, claim], row) => [
    [`claim_trait_${row}`, trait],
    [`claim_name_${row}`, claim],
  ]);
  return {
    label: connection.label,
    provider: connection.provider,
    issuer_url: connection.issuerUrl,
    client_id: connection.clientId,
    token_endpoint_auth_method: connection.tokenEndpointAuthMethod,
    scope: connection.scope.join(" "),
    claims_source: connection.claimsSource,
    id_token_signed_response_alg: connection.idTokenSignedResponseAlg,
    update_identity_on_login: connection.updateIdentityOnLogin,
    ...Object.fromEntries(rows),
  };
}

/** How many rows for claims a form with these values has. */
export function claimRows(values: Values): number {
  const filled = Array.from({ length: MAX_ROWS }, (_, row) => row).filter(
    (row) => (values[`claim_trait_${row}`] ?? "") !== "" || (values[`claim_name_${row}`] ?? "") !== "",
  );
  return Math.min(MAX_ROWS, (filled.at(-1) ?? -1) + 1 + SPARE_ROWS);
}

function mappingOfForm(form: ConsoleForm): Record<string, string> {
  const rows = Array.from({ length: MAX_ROWS }, (_, row) => [form.text(`claim_trait_${row}`), form.text(`claim_name_${row}`)]);
  return Object.fromEntries(rows.filter(([trait, claim]) => trait !== "" || claim !== ""));
}

function oneOf<T extends string>(choices: readonly T[], text: string): T | undefined {
  return choices.find((choice) => choice === text);
}
