// Tries a connection without a person: one visit each to discovery, keys and token endpoint, past every cache. What it
// reports is fixed text; nothing of what the IdP answered is repeated (T71).

import type { Connection } from "../../domain/connections/connection.ts";
import type { GuardedFetch } from "../../net/guarded-fetch.ts";
import type { CheckStep, Refusal, RefusalReason } from "../connector.ts";
import type { ClientAuthenticator } from "./client-authentication.ts";
import { hasKeyFor, loadKeys } from "./keys.ts";
import { loadMetadata, type Metadata } from "./metadata.ts";
import { presetFor } from "./presets/index.ts";
import { isPinned, redeemWith } from "./redeem.ts";

interface Tools {
  outbound: GuardedFetch;
  authenticator: ClientAuthenticator;
}

const STEPS = [
  "discovery",
  "issuer",
  "keys",
  "algorithms",
  "token_endpoint_pin",
  "token_endpoint",
  "client_authentication",
] as const satisfies CheckStep["step"][];

/** A code that no IdP has issued, and the verifier and state that go with it. */
const BOGUS = { code: "orgate-connection-check", state: "orgate-connection-check", codeVerifier: "0".repeat(43) };

/** The steps in the order in which they were tried. A step that needs an earlier one is skipped when that failed. */
export async function checkConnection(
  tools: Tools,
  connection: Connection,
): Promise<{ steps: CheckStep[]; tokenEndpoint?: string }> {
  const loaded = await loadMetadata(connection.issuerUrl, tools.outbound);
  if (!loaded.ok) return { steps: withSkipped(refusedDiscovery(connection, loaded)) };
  const metadata = loaded.document;
  const steps: CheckStep[] = [passed("discovery"), checkIssuer(connection)];
  steps.push(...(await checkKeys(tools, connection, metadata)));
  steps.push(...(await checkTokenEndpoint(tools, connection, metadata)));
  return { steps: withSkipped(steps), tokenEndpoint: metadata.token_endpoint };
}

function refusedDiscovery(connection: Connection, refusal: Refusal): CheckStep[] {
  if (refusal.reason !== "issuer_mismatch") return [failed("discovery", refusal)];
  const preset = presetFor(connection.provider).checkIssuer(connection.issuerUrl);
  return [passed("discovery"), failed("issuer", refusal, preset.ok ? undefined : preset.message)];
}

/** The preset may know an issuer to be unsuitable that the IdP itself stands by. */
function checkIssuer(connection: Connection): CheckStep {
  const preset = presetFor(connection.provider).checkIssuer(connection.issuerUrl);
  return preset.ok ? passed("issuer") : failed("issuer", { ok: false, reason: "issuer_mismatch" }, preset.message);
}

async function checkKeys({ outbound }: Tools, connection: Connection, metadata: Metadata): Promise<CheckStep[]> {
  const loaded = await loadKeys(metadata.jwks_uri, outbound);
  if (!loaded.ok) return [failed("keys", loaded)];
  if (loaded.document.keys.length === 0) {
    return [failed("keys", { ok: false, reason: "key_not_found", detail: "no usable public signing key is published" })];
  }
  const alg = connection.idTokenSignedResponseAlg;
  const announced = metadata.id_token_signing_alg_values_supported;
  if (announced && !announced.includes(alg)) {
    return [passed("keys"), failed("algorithms", { ok: false, reason: "alg_not_allowed", detail: `${alg} is not announced` })];
  }
  if (!hasKeyFor(loaded.document, alg)) {
    return [
      passed("keys"),
      failed("algorithms", { ok: false, reason: "key_not_found", detail: `no key for ${alg} is published` }),
    ];
  }
  return [passed("keys"), passed("algorithms")];
}

/** A bogus code tells whether the client is known: `invalid_grant` is the answer to hope for. */
async function checkTokenEndpoint(tools: Tools, connection: Connection, metadata: Metadata): Promise<CheckStep[]> {
  if (!isPinned(connection, metadata)) {
    return [failed("token_endpoint_pin", { ok: false, reason: "token_endpoint_moved", detail: `now at ${originOf(metadata)}` })];
  }
  const pin: CheckStep =
    connection.pinnedTokenEndpoint === null
      ? { step: "token_endpoint_pin", result: "skipped", reason: "not_configured", detail: "pinned at the first login" }
      : passed("token_endpoint_pin");
  const params = new URLSearchParams({ code: BOGUS.code, state: BOGUS.state, iss: connection.issuerUrl });
  const roundTrip = { ...BOGUS, redirectUri: connection.redirectUri };
  const answer = await redeemWith("current", tools, connection, metadata, roundTrip, params);
  const steps = [pin, ...judgeBogusAnswer(answer)];
  if (connection.previousClientSecret === null) return steps;
  const refused = !answer.ok && answer.reason === "invalid_client";
  const kept = refused ? await redeemWith("previous", tools, connection, metadata, roundTrip, params) : undefined;
  return withKeptSecret(steps, kept);
}

/** Which of the two secrets works, while the old one is kept. */
function withKeptSecret(steps: CheckStep[], kept: { ok: true } | Refusal | undefined): CheckStep[] {
  return steps.map((step) => {
    if (step.step !== "client_authentication") return step;
    if (step.result === "passed") return { ...step, detail: "the new secret works; the old one is no longer needed" };
    if (kept && !kept.ok && kept.reason === "invalid_grant") {
      const fix =
        "Logins still come through with the old secret. Give the connection the new secret exactly as the provider shows it, or go back to the old one.";
      return { ...step, detail: "the provider takes the old secret and refuses the new one", fix };
    }
    return step.reason === "invalid_client" ? { ...step, detail: "the provider refuses the new secret and the old one" } : step;
  });
}

const TRANSPORT_REASONS: RefusalReason[] = ["token_endpoint_unreachable", "idp_unavailable", "idp_rate_limited"];

function judgeBogusAnswer(answer: { ok: true } | Refusal): CheckStep[] {
  const inconclusive: CheckStep = {
    step: "client_authentication",
    result: "skipped",
    reason: "inconclusive",
    fix: "Sign in once to see whether client id and secret are right; this provider does not tell without a login.",
  };
  if (answer.ok) return [passed("token_endpoint"), inconclusive];
  if (answer.reason === "invalid_grant") return [passed("token_endpoint"), passed("client_authentication")];
  if (answer.reason === "invalid_client") return [passed("token_endpoint"), failed("client_authentication", answer)];
  if (answer.reason === "client_credentials_missing" || answer.reason === "secret_unreadable") {
    return [{ step: "token_endpoint", result: "skipped", reason: "not_configured" }, failed("client_authentication", answer)];
  }
  if (TRANSPORT_REASONS.includes(answer.reason)) return [failed("token_endpoint", answer)];
  return [passed("token_endpoint"), { ...inconclusive, ...(answer.detail === undefined ? {} : { detail: answer.detail }) }];
}

const FIXES: Partial<Record<RefusalReason, string>> = {
  discovery_unreachable:
    "Open the issuer followed by /.well-known/openid-configuration in a browser: it must answer with JSON, over https and without a redirect.",
  discovery_invalid: "The issuer must publish OpenID Connect metadata. Compare issuer_url with your provider's documentation.",
  issuer_mismatch: "Set issuer_url to exactly the issuer that the provider's metadata names, slash and case included.",
  insecure_endpoint:
    "The provider's metadata names an endpoint that is not reachable over public https. Mend it at the provider.",
  authorization_endpoint_missing: "The issuer must offer the code flow. Check that issuer_url is an OpenID Connect issuer.",
  token_endpoint_missing: "The issuer must offer the code flow. Check that issuer_url is an OpenID Connect issuer.",
  jwks_uri_missing: "The provider must publish its signing keys. Check that issuer_url is an OpenID Connect issuer.",
  jwks_unreachable: "The provider's key set must answer with JSON, over https and without a redirect.",
  jwks_invalid: "The provider's key set must be a JSON Web Key Set with at most 64 keys.",
  key_not_found: "Set id_token_signed_response_alg to an algorithm that the provider has a key for, or give the application one.",
  alg_not_allowed: "Set id_token_signed_response_alg to the algorithm with which the provider signs for this application.",
  token_endpoint_moved:
    "If the provider has really moved its token endpoint, confirm the new one; until then nothing is sent to it.",
  token_endpoint_unreachable: "The provider's token endpoint did not answer. Try again, then ask the provider.",
  idp_unavailable: "The provider's token endpoint reported an error of its own. Try again, then ask the provider.",
  idp_rate_limited: "The provider asked us to slow down. Try again in a few minutes.",
  invalid_client: "Set client_id, client_secret and token_endpoint_auth_method to what the provider shows for this application.",
  client_credentials_missing: "Give the connection its client_secret again, or choose private_key_jwt.",
  secret_unreadable:
    "Put the encryption key that this secret was stored with back into ENCRYPTION_KEYS. If it is lost, give the connection its client_secret again.",
};

function passed(step: CheckStep["step"]): CheckStep {
  return { step, result: "passed" };
}

function failed(step: CheckStep["step"], { reason, detail }: Refusal, fix = FIXES[reason]): CheckStep {
  return {
    step,
    result: "failed",
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function withSkipped(steps: CheckStep[]): CheckStep[] {
  const missing = STEPS.filter((step) => !steps.some((tried) => tried.step === step));
  return [...steps, ...missing.map((step): CheckStep => ({ step, result: "skipped", reason: "earlier_step_failed" }))];
}

function originOf(metadata: Metadata): string {
  return new URL(metadata.token_endpoint).origin;
}
