// From the fields of a request to the connection that will be stored: the provider's defaults, the rules, the sealed
// secret or the key of our own, and what a change does to trust.

import type { Config } from "../../config.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { refuseUrl } from "../../net/guarded-fetch.ts";
import { newClientKey } from "../../protocols/oidc/client-authentication.ts";
import { presetFor } from "../../protocols/oidc/presets/index.ts";
import { doorsOf } from "../projects/hosts.ts";
import type { Project } from "../projects/project.ts";
import { type Connection, sealPurpose } from "./connection.ts";
import { acceptConnection, type ConnectionFields, type ConnectionSettings, endsTrust, type IssuerRule } from "./rules.ts";
import type { ConnectionChanges, NewConnection } from "./service.ts";

export interface ConnectionDraft {
  connection: Connection;
  /** Wire names of the fields that differ from before. */
  changed: string[];
}

export interface DraftTools {
  sealer: Sealer;
  issuerRule: IssuerRule;
  /** Milliseconds. */
  now: number;
}

type Fixed = Pick<Connection, "projectId" | "id" | "organizationId" | "redirectUri">;
type Secrets = Pick<Connection, "clientSecret" | "previousClientSecret" | "privateKey" | "publicKey">;

/**
 * A new connection with its defaults.
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export async function draftConnection(
  fixed: Fixed,
  fields: NewConnection,
  defaultLabel: string | undefined,
  { sealer, issuerRule, now }: DraftTools,
): Promise<ConnectionDraft> {
  const provider = fields.provider ?? "generic";
  const preset = presetFor(provider);
  const proposed: ConnectionSettings = {
    state: "enabled",
    label: defaultLabel ?? provider,
    tokenEndpointAuthMethod: "client_secret_basic",
    scope: [...preset.scope],
    claimsSource: preset.claimsSource,
    claimsMapping: {},
    idTokenSignedResponseAlg: preset.idTokenSignedResponseAlg,
    updateIdentityOnLogin: "never",
    ...given(fields),
    provider,
    issuerUrl: fields.issuerUrl,
    clientId: fields.clientId,
  };
  const settings = acceptConnection(proposed, fields.clientSecret, typeof fields.clientSecret === "string", issuerRule);
  const none: Secrets = { clientSecret: null, previousClientSecret: null, privateKey: null, publicKey: null };
  const secrets = await secretsFor(fixed, settings, fields.clientSecret, none, sealer);
  const counters = { pinnedTokenEndpoint: null, revision: 1, trustRevision: 1, createdAt: now, updatedAt: now };
  const health = { lastSucceededAt: null, lastFailedAt: null, lastFailureReason: null, lastFailureEventId: null };
  return { connection: { ...fixed, ...settings, ...secrets, ...counters, ...health }, changed: [] };
}

/**
 * The connection after a change. An unchanged connection comes back with nothing `changed`. A change of the issuer's origin
 * without a new secret leaves the connection without one, and its logins are refused as `client_credentials_missing`.
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export async function changeConnection(
  before: Connection,
  fields: ConnectionChanges,
  { sealer, issuerRule, now }: DraftTools,
): Promise<ConnectionDraft> {
  const proposed: Connection = { ...before, ...given(fields) };
  const hasSecret = fields.clientSecret === undefined ? before.clientSecret !== null : fields.clientSecret !== null;
  const settings = acceptConnection(proposed, fields.clientSecret, hasSecret, issuerRule);
  // A secret is told to nobody but the server it was made for: another issuer starts without one (T35).
  const sameServer = new URL(settings.issuerUrl).origin === new URL(before.issuerUrl).origin;
  const stored = {
    ...before,
    clientSecret: sameServer ? before.clientSecret : null,
    // What a rotation has kept is the old secret of this very client.
    previousClientSecret: sameServer && settings.clientId === before.clientId ? before.previousClientSecret : null,
  };
  const secrets = await secretsFor(before, settings, fields.clientSecret, stored, sealer);
  const forgetPin = fields.pinnedTokenEndpoint === null || settings.issuerUrl !== before.issuerUrl;
  const after: Connection = {
    ...proposed,
    ...settings,
    ...secrets,
    pinnedTokenEndpoint: forgetPin ? null : before.pinnedTokenEndpoint,
    revision: before.revision + 1,
    trustRevision: before.trustRevision + (endsTrust(before, settings) ? 1 : 0),
    updatedAt: now,
  };
  return { connection: after, changed: changedFields(before, after) };
}

/**
 * The issuer rules of this installation: an address that the guarded fetch would refuse, or that the provider's preset
 * knows to be wrong, is refused when it is saved (T66).
 */
export function issuerRuleOf(config: Config): IssuerRule {
  const rules = { allowLoopbackHttp: config.allowInsecureIssuers, ownHost: config.baseUrl.hostname };
  return (issuer, provider) => {
    if (issuer.length > 2048) return { code: "too_long", message: "At most 2048 characters." };
    const refusal = refuseUrl(issuer, rules);
    if (refusal) return refusal;
    const checked = presetFor(provider).checkIssuer(issuer);
    return checked.ok ? undefined : { code: "issuer_url_unsuitable", message: checked.message };
  };
}

/** Path of the callbacks below a project's doors. */
export const CALLBACKS = "/self-service/methods/oidc";

/** Where the identity provider sends people back to. Computed once, at creation: a connection's URL never changes. */
export function redirectUri(project: Project, config: Config, organizationId: string | null, connectionId: string): string {
  const methods = `${doorsOf(project, config)}${CALLBACKS}`;
  return organizationId === null
    ? `${methods}/callback/${connectionId}`
    : `${methods}/organization/${organizationId}/callback/${connectionId}`;
}

/** What is sealed for these settings: the secret, or a key of our own, never both. */
async function secretsFor(
  row: Pick<Connection, "projectId" | "id">,
  settings: ConnectionSettings,
  secret: string | null | undefined,
  stored: Secrets,
  sealer: Sealer,
): Promise<Secrets> {
  if (settings.tokenEndpointAuthMethod === "private_key_jwt") {
    const noSecret = { clientSecret: null, previousClientSecret: null };
    if (stored.privateKey !== null) return { ...noSecret, privateKey: stored.privateKey, publicKey: stored.publicKey };
    const { privateJwk, publicJwk } = await newClientKey();
    const privateKey = await sealer.seal(sealPurpose(row, "private_key"), JSON.stringify(privateJwk));
    return { ...noSecret, privateKey, publicKey: publicJwk as Record<string, string> };
  }
  const noKey = { privateKey: null, publicKey: null };
  if (typeof secret !== "string") {
    return { clientSecret: stored.clientSecret, previousClientSecret: stored.previousClientSecret, ...noKey };
  }
  // Given like any other field, a secret replaces what is stored at once; secret-rotation.ts keeps the one before.
  return { clientSecret: await sealer.seal(sealPurpose(row, "client_secret"), secret), previousClientSecret: null, ...noKey };
}

const WIRE_NAMES = {
  provider: "provider",
  label: "label",
  state: "state",
  issuerUrl: "issuer_url",
  clientId: "client_id",
  tokenEndpointAuthMethod: "token_endpoint_auth_method",
  scope: "scope",
  claimsSource: "claims_source",
  claimsMapping: "claims_mapping",
  idTokenSignedResponseAlg: "id_token_signed_response_alg",
  updateIdentityOnLogin: "update_identity_on_login",
} as const satisfies Record<keyof ConnectionSettings, string>;
const SETTINGS = Object.keys(WIRE_NAMES) as (keyof ConnectionSettings)[];

/** The settings that the request gives; what it leaves out stays out. */
function given(fields: ConnectionFields): Partial<ConnectionSettings> {
  return Object.fromEntries(SETTINGS.filter((key) => fields[key] !== undefined).map((key) => [key, fields[key]]));
}

function changedFields(before: Connection, after: Connection): string[] {
  const changed: string[] = SETTINGS.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map(
    (key) => WIRE_NAMES[key],
  );
  if (before.clientSecret !== after.clientSecret) changed.push("client_secret");
  if (before.pinnedTokenEndpoint !== after.pinnedTokenEndpoint) changed.push("pinned_token_endpoint");
  return changed;
}
