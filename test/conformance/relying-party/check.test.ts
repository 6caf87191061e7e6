// The check of a connection: every step passed, failed with a fixed reason, or skipped, and nothing of an IdP's body (T71).

import { afterEach, expect, test } from "vitest";
import type { CheckStep } from "../../../src/protocols/connector.ts";
import type { Fault, Mutation } from "../../support/idp/idp.ts";
import { type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

const CANARY = "canary-5d11";
const answer =
  (body: unknown, status: number): Fault =>
  () =>
    Response.json(body, { status });

function summary(steps: CheckStep[]): Record<string, string> {
  return Object.fromEntries(steps.map(({ step, result, reason }) => [step, reason ? `${result}: ${reason}` : result]));
}

const GOOD = {
  discovery: "passed",
  issuer: "passed",
  keys: "passed",
  algorithms: "passed",
  token_endpoint_pin: "skipped: not_configured",
  token_endpoint: "passed",
  client_authentication: "passed",
};
const AFTER_DISCOVERY = {
  issuer: "skipped: earlier_step_failed",
  keys: "skipped: earlier_step_failed",
  algorithms: "skipped: earlier_step_failed",
  token_endpoint_pin: "skipped: earlier_step_failed",
  token_endpoint: "skipped: earlier_step_failed",
  client_authentication: "skipped: earlier_step_failed",
};

test("a sound connection passes, with one request each and without caches", async () => {
  rp = await relyingParty();
  for (let i = 0; i < 2; i++) {
    rp.network.clear();
    const report = await rp.connector.check(rp.connection);
    expect(summary(report.steps)).toEqual(GOOD);
    expect(report.tokenEndpoint).toBe(`${rp.idp.issuer}/token`);
    expect(rp.network.requests.map((request) => request.path)).toEqual(["discovery", "jwks", "token"]);
  }
});

const TABLE: [name: string, mutation: Mutation, expected: Record<string, string>][] = [
  [
    "discovery 500",
    { faults: { discovery: answer({ x: CANARY }, 500) } },
    { discovery: "failed: discovery_unreachable", ...AFTER_DISCOVERY },
  ],
  ["discovery reset", { faults: { discovery: "reset" } }, { discovery: "failed: discovery_unreachable", ...AFTER_DISCOVERY }],
  [
    "discovery of another kind",
    { faults: { discovery: answer([CANARY], 200) } },
    { discovery: "failed: discovery_invalid", ...AFTER_DISCOVERY },
  ],
  [
    "another issuer",
    { metadata: { issuer: `https://${CANARY}.test` } },
    { discovery: "passed", ...AFTER_DISCOVERY, issuer: "failed: issuer_mismatch" },
  ],
  [
    "an endpoint on a private address",
    { metadata: { token_endpoint: "https://10.0.0.1/token" } },
    { discovery: "failed: insecure_endpoint", ...AFTER_DISCOVERY },
  ],
  [
    "no token endpoint",
    { metadata: { token_endpoint: undefined } },
    { discovery: "failed: token_endpoint_missing", ...AFTER_DISCOVERY },
  ],
  [
    "keys 404",
    { faults: { jwks: answer({ x: CANARY }, 404) } },
    { ...GOOD, keys: "failed: jwks_unreachable", algorithms: "skipped: earlier_step_failed" },
  ],
  [
    "keys of another kind",
    { jwks: () => ({ keys: CANARY }) },
    { ...GOOD, keys: "failed: jwks_invalid", algorithms: "skipped: earlier_step_failed" },
  ],
  [
    "no usable key",
    { jwks: () => ({ keys: [{ kty: "oct", k: CANARY }] }) },
    { ...GOOD, keys: "failed: key_not_found", algorithms: "skipped: earlier_step_failed" },
  ],
  [
    "the algorithm is not announced",
    { metadata: { id_token_signing_alg_values_supported: ["ES256", CANARY] } },
    { ...GOOD, algorithms: "failed: alg_not_allowed" },
  ],
  [
    "no key of the algorithm",
    { jwks: (keys) => ({ keys: keys.map((key) => ({ ...key, alg: "RS512" })) }) },
    { ...GOOD, algorithms: "failed: key_not_found" },
  ],
  [
    "the client is unknown",
    { faults: { token: answer({ error: "invalid_client", error_description: CANARY }, 401) } },
    { ...GOOD, client_authentication: "failed: invalid_client" },
  ],
  [
    "the token endpoint does not answer",
    { faults: { token: "reset" } },
    { ...GOOD, token_endpoint: "failed: token_endpoint_unreachable", client_authentication: "skipped: earlier_step_failed" },
  ],
  [
    "the token endpoint fails",
    { faults: { token: answer({ x: CANARY }, 503) } },
    { ...GOOD, token_endpoint: "failed: idp_unavailable", client_authentication: "skipped: earlier_step_failed" },
  ],
  [
    "slow down",
    { faults: { token: answer({}, 429) } },
    { ...GOOD, token_endpoint: "failed: idp_rate_limited", client_authentication: "skipped: earlier_step_failed" },
  ],
  [
    "an answer that does not tell",
    { faults: { token: answer({ error: "invalid_request", error_description: CANARY }, 400) } },
    { ...GOOD, client_authentication: "skipped: inconclusive" },
  ],
  [
    "words of the IdP's own",
    { faults: { token: answer({ error: CANARY }, 400) } },
    { ...GOOD, client_authentication: "skipped: inconclusive" },
  ],
  [
    "tokens for a bogus code",
    { faults: { token: answer({ access_token: CANARY, id_token: CANARY, token_type: "Bearer" }, 200) } },
    { ...GOOD, client_authentication: "skipped: inconclusive" },
  ],
];

test.each(TABLE)("%s", async (_name, mutation, expected) => {
  rp = await relyingParty();
  rp.idp.mutate(mutation);
  const report = await rp.connector.check(rp.connection);
  expect(summary(report.steps)).toEqual(expected);
  expect(JSON.stringify(report)).not.toContain(CANARY);
  for (const step of report.steps.filter(({ result }) => result === "failed")) expect(step.fix).toMatch(/^[A-Z].*\.$/s);
});

test("a wrong secret is told from a wrong code", async () => {
  rp = await relyingParty({ clientSecret: "wrong" });
  expect(summary((await rp.connector.check(rp.connection)).steps)).toEqual({
    ...GOOD,
    client_authentication: "failed: invalid_client",
  });
});

test("T72: a moved token endpoint is reported with its host, and gets nothing", async () => {
  rp = await relyingParty({ connection: { pinnedTokenEndpoint: "https://old-home.test/token" } });
  const report = await rp.connector.check(rp.connection);
  expect(summary(report.steps)).toEqual({
    ...GOOD,
    token_endpoint_pin: "failed: token_endpoint_moved",
    token_endpoint: "skipped: earlier_step_failed",
    client_authentication: "skipped: earlier_step_failed",
  });
  expect(report.tokenEndpoint).toBe(`${rp.idp.issuer}/token`);
  expect(rp.idp.to("token")).toHaveLength(0);
});

test("without a credential nothing is sent", async () => {
  rp = await relyingParty({ connection: { clientSecret: null } });
  expect(summary((await rp.connector.check(rp.connection)).steps)).toEqual({
    ...GOOD,
    token_endpoint: "skipped: not_configured",
    client_authentication: "failed: client_credentials_missing",
  });
  expect(rp.idp.to("token")).toHaveLength(0);
});

test("an issuer that the preset knows to be unsuitable is said so, with an example", async () => {
  rp = await relyingParty({ connection: { provider: "microsoft" } });
  const report = await rp.connector.check(rp.connection);
  const issuer = report.steps.find(({ step }) => step === "issuer");
  expect(issuer).toMatchObject({ result: "failed", fix: expect.stringContaining("https://login.microsoftonline.com/") });
});
