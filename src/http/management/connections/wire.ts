// A connection on the wire. The client secret goes in and never comes out (T101).

import { z } from "@hono/zod-openapi";
import {
  type Connection,
  ID_TOKEN_ALGS,
  PROVIDERS,
  TOKEN_ENDPOINT_AUTH_METHODS,
} from "../../../domain/connections/connection.ts";
import { timestamp } from "../../wire/identity.ts";
import { Id, ProjectParams, Timestamp } from "../operation.ts";

export const TAG = "connections";

export const ConnectionParams = ProjectParams.extend({
  connection_id: z.string().openapi({ param: { name: "connection_id", in: "path" }, format: "uuid" }),
});

const label = z
  .string()
  .openapi({ minLength: 1, maxLength: 256, description: "What the sign-in button says.", example: "Acme Okta" });
const issuerUrl = z.string().openapi({
  description: "The issuer, byte for byte as the provider's discovery document spells it.",
  example: "https://acme.okta.com",
});
const clientId = z.string().openapi({ example: "0oa1b2c3d4" });
const provider = z.enum(PROVIDERS);
const state = z.enum(["enabled", "disabled"]);
const method = z.enum(TOKEN_ENDPOINT_AUTH_METHODS);
const scope = z.array(z.string()).openapi({ example: ["openid", "email", "profile"] });
const claimsSource = z.enum(["id_token", "userinfo"]);
const claimsMapping = z.record(z.string(), z.string()).openapi({
  description: "Trait -> claim that it is read from; the provider's own mapping where nothing is said.",
  example: { name: "displayName" },
});
const alg = z.enum(ID_TOKEN_ALGS);
const updateIdentity = z
  .enum(["never", "automatic"])
  .openapi({ description: "Whether traits follow the claims at every login." });

const settings = {
  provider: provider.optional(),
  label: label.optional(),
  state: state.optional(),
  client_secret: z
    .string()
    .nullable()
    .optional()
    .openapi({
      description: "Write-only.",
      writeOnly: true,
      type: ["string", "null"],
    }),
  token_endpoint_auth_method: method.optional(),
  scope: scope.optional(),
  claims_source: claimsSource.optional(),
  claims_mapping: claimsMapping.optional(),
  id_token_signed_response_alg: alg.optional(),
  update_identity_on_login: updateIdentity.optional(),
};

const organizationId = z.string().nullable().openapi({
  description: "The organization whose single sign-on this is; null: social sign-in for everybody. Cannot be changed.",
  format: "uuid",
});

export const CreateConnectionBody = z
  .strictObject({ organization_id: organizationId.optional(), issuer_url: issuerUrl, client_id: clientId, ...settings })
  .openapi("CreateConnectionBody");

export const UpdateConnectionBody = z
  .strictObject({
    issuer_url: issuerUrl.optional(),
    client_id: clientId.optional(),
    ...settings,
    pinned_token_endpoint: z.null().optional().openapi({
      type: "null",
      description: "null forgets the pin: the client secret may then go to the token endpoint that the issuer names next.",
    }),
  })
  .openapi("UpdateConnectionBody");

export const ConnectionWire = z
  .object({
    id: Id,
    project_id: Id,
    organization_id: organizationId,
    provider,
    label,
    state,
    issuer_url: issuerUrl,
    client_id: clientId,
    has_client_secret: z.boolean(),
    token_endpoint_auth_method: method,
    jwks_uri: z.string().optional().openapi({ description: "With private_key_jwt: where the provider finds the public key." }),
    scope,
    claims_source: claimsSource,
    claims_mapping: claimsMapping,
    id_token_signed_response_alg: alg,
    update_identity_on_login: updateIdentity,
    redirect_uri: z.string().openapi({ description: "Register this at the provider. It never changes." }),
    pinned_token_endpoint: z
      .string()
      .nullable()
      .openapi({ description: "The one token endpoint that the client secret goes to, once a login has succeeded." }),
    has_previous_client_secret: z.boolean().openapi({
      description: "A rotation waits for the first login with the new secret; until then the old one is tried, too.",
    }),
    last_succeeded_at: Timestamp.nullable().openapi({ description: "The last login that came through, to ten minutes." }),
    last_failure: z
      .object({ at: Timestamp, reason: z.string().openapi({ example: "invalid_client" }), event_id: Id })
      .nullable()
      .openapi({ description: "The last login that failed after the provider was asked." }),
    revision: z.int(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Connection");

export function connectionToWire(connection: Connection): z.infer<typeof ConnectionWire> {
  return {
    id: connection.id,
    project_id: connection.projectId,
    organization_id: connection.organizationId,
    provider: connection.provider,
    label: connection.label,
    state: connection.state,
    issuer_url: connection.issuerUrl,
    client_id: connection.clientId,
    has_client_secret: connection.clientSecret !== null,
    token_endpoint_auth_method: connection.tokenEndpointAuthMethod,
    ...(connection.publicKey === null ? {} : { jwks_uri: jwksUri(connection) }),
    scope: connection.scope,
    claims_source: connection.claimsSource,
    claims_mapping: connection.claimsMapping,
    id_token_signed_response_alg: connection.idTokenSignedResponseAlg,
    update_identity_on_login: connection.updateIdentityOnLogin,
    redirect_uri: connection.redirectUri,
    pinned_token_endpoint: connection.pinnedTokenEndpoint,
    has_previous_client_secret: connection.previousClientSecret !== null,
    last_succeeded_at: connection.lastSucceededAt === null ? null : timestamp(connection.lastSucceededAt),
    last_failure: lastFailure(connection),
    revision: connection.revision,
    created_at: timestamp(connection.createdAt),
    updated_at: timestamp(connection.updatedAt),
  };
}

export function connectionFromWire<
  T extends z.infer<typeof UpdateConnectionBody> & { organization_id?: string | null | undefined },
>(body: T) {
  return {
    organizationId: body.organization_id,
    provider: body.provider,
    label: body.label,
    state: body.state,
    issuerUrl: body.issuer_url,
    clientId: body.client_id,
    clientSecret: body.client_secret,
    tokenEndpointAuthMethod: body.token_endpoint_auth_method,
    scope: body.scope,
    claimsSource: body.claims_source,
    claimsMapping: body.claims_mapping,
    idTokenSignedResponseAlg: body.id_token_signed_response_alg,
    updateIdentityOnLogin: body.update_identity_on_login,
    pinnedTokenEndpoint: body.pinned_token_endpoint,
  };
}

function lastFailure(connection: Connection): z.infer<typeof ConnectionWire>["last_failure"] {
  const { lastFailedAt, lastFailureReason, lastFailureEventId } = connection;
  if (lastFailedAt === null || lastFailureReason === null || lastFailureEventId === null) return null;
  return { at: timestamp(lastFailedAt), reason: lastFailureReason, event_id: lastFailureEventId };
}

/** Where the provider finds the key of a connection: beside the redirect URI, on the host the connection was made for. */
export function jwksUri({ redirectUri, id }: Pick<Connection, "redirectUri" | "id">): string {
  return `${new URL(redirectUri).origin}/sso/connections/${id}/jwks.json`;
}
