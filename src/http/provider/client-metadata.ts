// An app as the library wants to see it. What the library has no word for travels in `orgate`.

import type { AdapterPayload } from "oidc-provider";
import { type Client, type ClientJwks, type ClientSecret, usesSecret } from "../../domain/clients/client.ts";

/** Metadata of ours on the library's client. */
export interface OrgateMetadata {
  pkce: Client["pkce"];
  skipConsent: boolean;
  organizationIds: string[];
  secrets: ClientSecret[];
}

/** Its name in the client's metadata. */
export const ORGATE_METADATA = "orgate";

/** The library insists on a secret where a method needs one. It is never compared (domain/clients/secrets.ts is asked). */
const NO_SECRET = "kept as a digest";

/** The client's metadata (OpenID Connect Dynamic Client Registration 1.0, section 2). `jwks` are the app's keys when it is to prove itself. */
export function clientMetadata(client: Client, jwks: ClientJwks | undefined): AdapterPayload {
  const orgate: OrgateMetadata = {
    pkce: client.pkce,
    skipConsent: client.skipConsent,
    organizationIds: client.organizationIds,
    secrets: client.secrets,
  };
  return {
    client_id: client.id,
    client_name: client.name,
    application_type: isNative(client) ? "native" : "web",
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: client.responseTypes,
    scope: client.scope,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    subject_type: client.subjectType,
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    ...(usesSecret(client.tokenEndpointAuthMethod) ? { client_secret: NO_SECRET } : {}),
    ...(client.tokenEndpointAuthMethod === "private_key_jwt" ? { jwks: jwks ?? client.jwks ?? { keys: [] } } : {}),
    [ORGATE_METADATA]: orgate,
  };
}

/**
 * Native apps (RFC 8252) may come back on any port of a loopback address, which they cannot choose beforehand. They are
 * those with a scheme of their own, and public ones on loopback; a web app's address is always compared whole (T113).
 */
function isNative(client: Client): boolean {
  const protocols = client.redirectUris.map((uri) => new URL(uri).protocol);
  if (protocols.some((protocol) => protocol !== "https:" && protocol !== "http:")) return true;
  return client.tokenEndpointAuthMethod === "none" && protocols.includes("http:");
}
