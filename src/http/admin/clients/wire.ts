// A client on the wire: Ory's `OAuth2Client`, with `pkce` and `organization_ids` of ours. The secret is in the answer to the
// change that made it, and nowhere else (T101).

import { z } from "@hono/zod-openapi";
import { SIGNING_ALGS } from "../../../crypto/signing.ts";
import { CLIENT_AUTH_METHODS, type Client, GRANT_TYPES, RESPONSE_TYPES, SUBJECT_TYPES } from "../../../domain/clients/client.ts";
import type { ClientFields } from "../../../domain/clients/rules.ts";
import type { WrittenClient } from "../../../domain/clients/service.ts";
import { timestamp } from "../../wire/identity.ts";

export const TAG = "apps";

const uris = z.array(z.string());
/** An address, or nothing: clients of this API spell nothing as null or as an empty text. */
const address = z.string().nullable();

const settings = {
  client_name: z.string().openapi({ maxLength: 256, example: "Acme Reports" }),
  redirect_uris: uris.openapi({
    description: "Compared exactly. https, http on this machine, or for installed apps a scheme of their own.",
    example: ["https://reports.example.com/callback"],
  }),
  post_logout_redirect_uris: uris.openapi({ example: ["https://reports.example.com/"] }),
  grant_types: z.array(z.enum(GRANT_TYPES)).openapi({ example: ["authorization_code", "refresh_token"] }),
  response_types: z.array(z.enum(RESPONSE_TYPES)),
  scope: z.string().openapi({ example: "openid profile email" }),
  token_endpoint_auth_method: z.enum(CLIENT_AUTH_METHODS),
  jwks: z
    .object({ keys: z.array(z.record(z.string(), z.unknown())).optional() })
    .nullable()
    .openapi({ description: "private_key_jwt: the app's public keys." }),
  jwks_uri: address.openapi({ type: ["string", "null"], description: "private_key_jwt: where the app publishes its keys." }),
  subject_type: z.enum(SUBJECT_TYPES),
  backchannel_logout_uri: address.openapi({ type: ["string", "null"] }),
  backchannel_logout_session_required: z.boolean(),
  skip_consent: z.boolean(),
  id_token_signed_response_alg: z.enum(SIGNING_ALGS),
  pkce: z.enum(["required", "optional"]).openapi({ description: "optional: only for apps that authenticate." }),
  organization_ids: z
    .array(z.uuid())
    .openapi({ description: "Only people of these organizations may use the app; empty: everybody." }),
  metadata: z.record(z.string(), z.unknown()).nullable().openapi({ description: "The operator's own notes; 4 KiB as JSON." }),
};

const optional = z.object(settings).partial();

export const CreateClientBody = z.strictObject(optional.shape).openapi("CreateOAuth2ClientBody");

/** What a client that was read has beside its settings: taken and ignored, so that what was read can be sent back changed. */
const readOnly = {
  client_id: z.string().optional(),
  client_secret_expires_at: z.number().optional(),
  rotated_secrets: z.array(z.unknown()).optional(),
  revision: z.number().optional(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
};

export const SetClientBody = z.strictObject({ ...optional.shape, ...readOnly }).openapi("SetOAuth2ClientBody");

/** What a JSON Patch works on: everything that may be changed, nothing left out. */
export const clientDocument = z.strictObject(settings);

const Timestamp = z.string().openapi({ format: "date-time" });

export const ClientWire = z
  .object({
    client_id: z.string(),
    client_secret: z.string().optional().openapi({ description: "In the answer to the change that made it, and nowhere else." }),
    client_secret_expires_at: z.int().openapi({ description: "Always 0: a secret is valid until it is rotated." }),
    ...settings,
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
    jwks_uri: z.string().optional(),
    backchannel_logout_uri: z.string().optional(),
    metadata: z.record(z.string(), z.unknown()),
    rotated_secrets: z
      .array(z.object({ created_at: Timestamp, expires_at: Timestamp }))
      .openapi({ description: "Earlier secrets that are still accepted, and until when." }),
    revision: z.int(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("OAuth2Client");

export const clientParam = z.object({ id: z.string().openapi({ param: { name: "id", in: "path" }, description: "client_id" }) });

/** @param now milliseconds: earlier secrets that have ended are not shown */
export function clientToWire({ client, secret }: WrittenClient, now: number): z.infer<typeof ClientWire> {
  const rotated = client.secrets.flatMap(({ createdAt, expiresAt }) =>
    expiresAt === null || now >= expiresAt ? [] : [{ created_at: timestamp(createdAt), expires_at: timestamp(expiresAt) }],
  );
  const { jwks, jwks_uri, backchannel_logout_uri, ...document } = clientToDocument(client);
  return {
    client_id: client.id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    client_secret_expires_at: 0,
    ...document,
    ...(client.jwks === null ? {} : { jwks: client.jwks }),
    ...(client.jwksUri === null ? {} : { jwks_uri: client.jwksUri }),
    ...(client.backchannelLogoutUri === null ? {} : { backchannel_logout_uri: client.backchannelLogoutUri }),
    metadata: client.metadata,
    rotated_secrets: rotated,
    revision: client.revision,
    created_at: timestamp(client.createdAt),
    updated_at: timestamp(client.updatedAt),
  };
}

/** The settings of a client as a JSON Patch finds them. */
export function clientToDocument(client: Client): z.infer<typeof clientDocument> {
  return {
    client_name: client.name,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    scope: client.scope,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    subject_type: client.subjectType,
    backchannel_logout_uri: client.backchannelLogoutUri,
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    skip_consent: client.skipConsent,
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    pkce: client.pkce,
    organization_ids: client.organizationIds,
    metadata: client.metadata,
  };
}

export function clientFromWire(body: z.infer<typeof optional>): ClientFields {
  return {
    name: body.client_name,
    redirectUris: body.redirect_uris,
    postLogoutRedirectUris: body.post_logout_redirect_uris,
    grantTypes: body.grant_types,
    responseTypes: body.response_types,
    scope: body.scope,
    tokenEndpointAuthMethod: body.token_endpoint_auth_method,
    jwks: body.jwks?.keys ? { keys: body.jwks.keys } : null,
    jwksUri: body.jwks_uri || null,
    subjectType: body.subject_type,
    backchannelLogoutUri: body.backchannel_logout_uri || null,
    backchannelLogoutSessionRequired: body.backchannel_logout_session_required,
    skipConsent: body.skip_consent,
    idTokenSignedResponseAlg: body.id_token_signed_response_alg,
    pkce: body.pkce,
    organizationIds: body.organization_ids,
    metadata: body.metadata ?? undefined,
  };
}
