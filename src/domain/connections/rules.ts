// What a connection's fields may hold. Pure apart from the issuer rules it is given: values in, accepted values or field
// errors out.

import { type FieldError, unacceptable } from "../errors.ts";
import { acceptLabel } from "../label.ts";
import type { Connection, IdTokenAlg, Provider, TokenEndpointAuthMethod } from "./connection.ts";

export interface ConnectionFields {
  provider?: Provider | undefined;
  label?: string | undefined;
  state?: "enabled" | "disabled" | undefined;
  issuerUrl?: string | undefined;
  clientId?: string | undefined;
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
  scope?: readonly string[] | undefined;
  claimsSource?: "id_token" | "userinfo" | undefined;
  claimsMapping?: Readonly<Record<string, string>> | undefined;
  idTokenSignedResponseAlg?: IdTokenAlg | undefined;
  updateIdentityOnLogin?: "never" | "automatic" | undefined;
}

/** The fields of a connection that its writer chooses and that are stored as chosen. */
export type ConnectionSettings = Pick<
  Connection,
  | "provider"
  | "label"
  | "state"
  | "issuerUrl"
  | "clientId"
  | "tokenEndpointAuthMethod"
  | "scope"
  | "claimsSource"
  | "claimsMapping"
  | "idTokenSignedResponseAlg"
  | "updateIdentityOnLogin"
>;

/** Why an issuer cannot be used with a provider, or undefined when it can. */
export type IssuerRule = (issuer: string, provider: Provider) => { code: string; message: string } | undefined;

const MAX_SCOPES = 30;
const MAX_MAPPED_CLAIMS = 20;
/** A scope-token (RFC 6749, section 3.3). */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
/** Printable ASCII, as OAuth spells client ids and secrets (RFC 6749, appendix A). */
const VSCHARS = /^[\x20-\x7e]{1,1024}$/;
const TRAIT_NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Trait names that mean something else to JavaScript (T61, T109). */
const NEVER_A_TRAIT = new Set(["constructor", "prototype"]);

/**
 * All settings of a connection in the form in which they are stored.
 * @param settings what would be stored, defaults filled in
 * @param secret the client secret that came with the request: undefined when none did
 * @param hasSecret whether a secret would be stored
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export function acceptConnection(
  settings: ConnectionSettings,
  secret: string | null | undefined,
  hasSecret: boolean,
  issuerRule: IssuerRule,
): ConnectionSettings {
  const problems: FieldError[] = [];
  const label = acceptLabel("label", settings.label, problems);
  const refusal = issuerRule(settings.issuerUrl, settings.provider);
  if (refusal) problems.push({ field: "issuer_url", ...refusal });
  if (!VSCHARS.test(settings.clientId)) {
    problems.push({ field: "client_id", code: "invalid", message: "1 to 1024 printable ASCII characters." });
  }
  checkSecret(settings.tokenEndpointAuthMethod, secret, hasSecret, problems);
  const scope = acceptScope(settings.scope, problems);
  checkMapping(settings.claimsMapping, problems);
  if (problems.length > 0) throw unacceptable(problems);
  return { ...settings, label, scope };
}

/**
 * A client secret on its own, for a connection that authenticates by this method.
 * @throws {DomainError} `unacceptable` naming client_secret
 */
export function acceptSecret(method: TokenEndpointAuthMethod, secret: string): void {
  const problems: FieldError[] = [];
  checkSecret(method, secret, true, problems);
  if (problems.length > 0) throw unacceptable(problems);
}

function checkSecret(
  method: TokenEndpointAuthMethod,
  secret: string | null | undefined,
  hasSecret: boolean,
  problems: FieldError[],
): void {
  const field = "client_secret";
  if (method === "private_key_jwt") {
    if (typeof secret === "string") {
      problems.push({
        field,
        code: "not_used",
        message: "private_key_jwt needs no secret: Orgate makes a key and publishes it.",
      });
    }
  } else if (typeof secret === "string" && !VSCHARS.test(secret)) {
    problems.push({ field, code: "invalid", message: "1 to 1024 printable ASCII characters." });
  } else if (!hasSecret) {
    problems.push({ field, code: "required", message: `${method} needs the secret that the identity provider gave you.` });
  }
}

/** The scopes without repetition, `openid` first: without it there is no ID token (OpenID Connect Core, section 3.1.2.1). */
function acceptScope(scope: readonly string[], problems: FieldError[]): string[] {
  if (scope.length > MAX_SCOPES) problems.push({ field: "scope", code: "too_many", message: `At most ${MAX_SCOPES} scopes.` });
  scope.forEach((token, index) => {
    if (!SCOPE_TOKEN.test(token)) {
      problems.push({ field: `scope[${index}]`, code: "invalid", message: "One scope without blanks, quotes or backslashes." });
    }
  });
  return [...new Set(["openid", ...scope])];
}

function checkMapping(mapping: Readonly<Record<string, string>>, problems: FieldError[]): void {
  const entries = Object.entries(mapping);
  if (entries.length > MAX_MAPPED_CLAIMS) {
    problems.push({ field: "claims_mapping", code: "too_many", message: `At most ${MAX_MAPPED_CLAIMS} traits.` });
  }
  for (const [trait, claim] of entries) {
    if (!TRAIT_NAME.test(trait) || NEVER_A_TRAIT.has(trait)) {
      const message = "Trait names are lower-case letters, digits and underscores.";
      problems.push({ field: "claims_mapping", code: "trait_invalid", message });
    } else if (!/^[\x21-\x7e]{1,255}$/.test(claim)) {
      problems.push({ field: `claims_mapping.${trait}`, code: "claim_invalid", message: "Name one claim." });
    }
  }
}

/**
 * Whether the change ends the trust of what was begun under the old settings: logins under way and sessions (T44, T65).
 * A new secret or a new name does not.
 */
export function endsTrust(before: ConnectionSettings, after: ConnectionSettings): boolean {
  return (
    before.issuerUrl !== after.issuerUrl ||
    before.clientId !== after.clientId ||
    before.tokenEndpointAuthMethod !== after.tokenEndpointAuthMethod ||
    before.idTokenSignedResponseAlg !== after.idTokenSignedResponseAlg ||
    (before.state === "enabled" && after.state === "disabled")
  );
}
