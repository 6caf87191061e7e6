// The IdP's metadata (OpenID Connect Discovery 1.0, section 4): fetched, compared byte for byte with the issuer we were
// told, and reduced to the members that we use.

import * as oauth from "oauth4webapi";
import type { Connection } from "../../domain/connections/connection.ts";
import type { GuardedFetch } from "../../net/guarded-fetch.ts";
import type { Refusal, RefusalReason } from "../connector.ts";
import type { DocumentSource } from "../document-cache.ts";
import { refuse, refuseUnanswered } from "./refusal.ts";

export interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  userinfo_endpoint?: string;
  authorization_response_iss_parameter_supported: boolean;
  /** For checks and messages. What is accepted is the connection's own algorithm. */
  id_token_signing_alg_values_supported?: string[];
}

const TIMEOUT_MS = 3_000;
const OUTAGES: readonly RefusalReason[] = ["discovery_unreachable", "discovery_invalid", "idp_unavailable"];

/** How the document cache gets and recognises this connection's metadata. */
export function metadataSource(
  connection: Pick<Connection, "issuerUrl">,
  outbound: GuardedFetch,
): DocumentSource<Metadata, Refusal> {
  return {
    load: () => loadMetadata(connection.issuerUrl, outbound),
    isUsable: (value): value is Metadata => {
      const parsed = parseMetadata(value, connection.issuerUrl, outbound);
      return "ok" in parsed ? false : JSON.stringify(parsed) === JSON.stringify(value);
    },
    // Another issuer or endpoints that may not be used are no outage, but news (T34).
    isOutage: ({ reason }) => OUTAGES.includes(reason),
  };
}

/**
 * Fetches and judges the metadata of an issuer. Whatever the network did is one reason, so that a tenant cannot feel
 * its way around by what we report (T71).
 */
export async function loadMetadata(issuer: string, outbound: GuardedFetch): Promise<{ ok: true; document: Metadata } | Refusal> {
  let json: unknown;
  try {
    const response = await oauth.discoveryRequest(new URL(issuer), {
      // The guard decides which http is allowed.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url, { method, headers }) =>
        outbound(url, { method, headers, accept: "json", timeoutMs: TIMEOUT_MS }),
    });
    if (response.status !== 200) return refuse("discovery_unreachable");
    json = await parseJson(response);
  } catch (error) {
    return refuseUnanswered(error, "discovery_unreachable");
  }
  const parsed = parseMetadata(json, issuer, outbound);
  return "ok" in parsed ? parsed : { ok: true, document: parsed };
}

/** What the library needs of it. */
export function authorizationServer(metadata: Metadata): oauth.AuthorizationServer {
  return { ...metadata };
}

async function parseJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseMetadata(json: unknown, issuer: string, outbound: GuardedFetch): Metadata | Refusal {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return refuse("discovery_invalid");
  const document = json as Record<string, unknown>;
  // Not URL equality: a trailing slash, a default port or another case make another issuer (T34).
  if (typeof document["issuer"] !== "string") return refuse("discovery_invalid", "the document names no issuer");
  if (document["issuer"] !== issuer) return refuse("issuer_mismatch");
  const authorization = endpoint(document, "authorization_endpoint", outbound);
  const token = endpoint(document, "token_endpoint", outbound);
  const jwks = endpoint(document, "jwks_uri", outbound);
  for (const part of [authorization, token, jwks]) if (typeof part !== "string") return part;
  const userinfo = endpoint(document, "userinfo_endpoint", outbound);
  const algs = document["id_token_signing_alg_values_supported"];
  return {
    issuer,
    authorization_endpoint: authorization as string,
    token_endpoint: token as string,
    jwks_uri: jwks as string,
    ...(typeof userinfo === "string" ? { userinfo_endpoint: userinfo } : {}),
    authorization_response_iss_parameter_supported: document["authorization_response_iss_parameter_supported"] === true,
    ...(isNames(algs) ? { id_token_signing_alg_values_supported: algs } : {}),
  };
}

type Endpoint = "authorization_endpoint" | "token_endpoint" | "jwks_uri" | "userinfo_endpoint";

/** An endpoint must be one that the guard would call, also where it is the browser that goes there. */
function endpoint(document: Record<string, unknown>, name: Endpoint, outbound: GuardedFetch): string | Refusal {
  const value = document[name];
  if (value === undefined || value === null || value === "") {
    return name === "userinfo_endpoint" ? refuse("discovery_invalid") : refuse(`${name}_missing`);
  }
  if (typeof value !== "string" || value.length > 2048) return refuse("discovery_invalid", `${name} is not a URL`);
  return outbound.refuse(value) ? refuse("insecure_endpoint", name) : value;
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= 50 &&
    value.every((name) => typeof name === "string" && /^[A-Za-z0-9-]{1,40}$/.test(name))
  );
}
