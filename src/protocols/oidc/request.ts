// The authorization request (OpenID Connect Core, section 3.1.2.1): an allow-list of parameters, PKCE and nonce always.

import { sha256 } from "../../crypto/digest.ts";
import type { Connection } from "../../domain/connections/connection.ts";
import type { StartRequest } from "../connector.ts";
import type { Metadata } from "./metadata.ts";
import { presetFor } from "./presets/index.ts";

/** Where to send the browser. Parameters of the endpoint's own query stay, but cannot override ours (RFC 6749, section 3.1). */
export function authorizationUrl(connection: Connection, metadata: Metadata, request: StartRequest): URL {
  const url = new URL(metadata.authorization_endpoint);
  const parameters: Record<string, string | undefined> = {
    response_type: "code",
    client_id: connection.clientId,
    redirect_uri: connection.redirectUri,
    scope: scopeOf(connection).join(" "),
    state: request.state,
    nonce: request.nonce,
    code_challenge: sha256(request.codeVerifier),
    code_challenge_method: "S256",
    login_hint: request.loginHint,
    prompt: request.prompt,
    max_age: request.maxAge?.toString(),
  };
  // Set apart: each change of `url.searchParams` itself would write the whole address anew.
  const query = new URLSearchParams(url.search);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  url.search = query.toString();
  return url;
}

function scopeOf(connection: Connection): string[] {
  const scope = connection.scope.length > 0 ? connection.scope : presetFor(connection.provider).scope;
  return [...new Set(["openid", ...scope])];
}
