// OpenID Connect Basic RP and Config RP certification modules, and the further client modules that apply, each as one
// login through the connector. The names are the modules' own.

import { afterEach, describe, expect, test } from "vitest";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import { KIM, type RelyingParty, type RelyingPartyOptions, relyingParty } from "./harness.ts";
import { halfHashOf, TEXT } from "./values.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

interface Module {
  module: string;
  expected: RefusalReason | "accepted";
  options?: RelyingPartyOptions;
  /** Makes the IdP behave as the module says. */
  arrange?: (rp: RelyingParty) => unknown;
}

const claims = (claims: Record<string, unknown>) => (rp: RelyingParty) => rp.idp.mutate({ claims });
const header = (header: Record<string, unknown>) => (rp: RelyingParty) => rp.idp.mutate({ header });

const BASIC: Module[] = [
  { module: "oidcc-client-test", expected: "accepted" },
  {
    module: "oidcc-client-test-invalid-iss",
    expected: "iss_claim_mismatch",
    arrange: (rp) => claims({ iss: `${rp.idp.issuer}1` })(rp),
  },
  { module: "oidcc-client-test-missing-sub", expected: "sub_invalid", arrange: claims({ sub: undefined }) },
  { module: "oidcc-client-test-invalid-aud", expected: "aud_mismatch", arrange: claims({ aud: "client-11" }) },
  { module: "oidcc-client-test-missing-iat", expected: "iat_missing", arrange: claims({ iat: undefined }) },
  {
    module: "oidcc-client-test-kid-absent-single-jwks",
    expected: "accepted",
    arrange: (rp) => rp.idp.rotateKeys({ kid: undefined }),
  },
  {
    module: "oidcc-client-test-kid-absent-multiple-jwks",
    expected: "key_ambiguous",
    arrange: async (rp) => {
      await rp.idp.rotateKeys({ kid: undefined });
      await rp.idp.rotateKeys({ kid: undefined, keep: true });
    },
  },
  { module: "oidcc-client-test-idtoken-sig-rs256", expected: "accepted" },
  {
    module: "oidcc-client-test-idtoken-sig-none",
    expected: "alg_not_allowed",
    arrange: (rp) =>
      rp.idp.mutate({
        header: { alg: "none", kid: undefined },
        signWith: "none",
        metadata: { id_token_signing_alg_values_supported: ["none", "RS256"] },
      }),
  },
  {
    module: "oidcc-client-test-invalid-sig-rs256",
    expected: "signature_invalid",
    arrange: (rp) => rp.idp.mutate({ idToken: (token) => TEXT.corruptSignature(token) }),
  },
  {
    module: "oidcc-client-test-userinfo-invalid-sub",
    expected: "userinfo_sub_mismatch",
    options: { connection: { claimsSource: "userinfo" } },
    arrange: (rp) => rp.idp.mutate({ userinfo: { sub: `${KIM.sub}invalid` } }),
  },
  { module: "oidcc-client-test-nonce-invalid", expected: "nonce_mismatch", arrange: claims({ nonce: "another1" }) },
  {
    module: "oidcc-client-test-scope-userinfo-claims",
    expected: "accepted",
    options: { connection: { claimsSource: "userinfo" } },
    arrange: (rp) => rp.idp.mutate({ claims: { email: undefined, name: undefined } }),
  },
  { module: "oidcc-client-test-client-secret-basic", expected: "accepted" },
];

const CONFIG: Module[] = [
  { module: "oidcc-client-test-discovery-openid-config", expected: "accepted" },
  {
    module: "oidcc-client-test-discovery-jwks-uri-keys",
    expected: "accepted",
    arrange: (rp) => rp.idp.mutate({ metadata: { jwks_uri: `${rp.idp.issuer}/run-7/jwks` } }),
  },
  {
    module: "oidcc-client-test-discovery-issuer-mismatch",
    expected: "issuer_mismatch",
    arrange: (rp) => rp.idp.mutate({ metadata: { issuer: `${rp.idp.issuer}INVALID` } }),
  },
];

const FURTHER: Module[] = [
  { module: "oidcc-client-test-missing-aud", expected: "aud_mismatch", arrange: claims({ aud: undefined }) },
  {
    module: "oidcc-client-test-invalid-athash",
    expected: "at_hash_mismatch",
    arrange: claims({ at_hash: halfHashOf("another") }),
  },
  { module: "oidcc-client-test-missing-athash", expected: "accepted", arrange: claims({ at_hash: undefined }) },
  { module: "oidcc-client-test-invalid-chash", expected: "at_hash_mismatch", arrange: claims({ c_hash: halfHashOf("another") }) },
  {
    module: "oidcc-client-test-invalid-sig-hs256",
    expected: "alg_not_allowed",
    arrange: (rp) => rp.idp.mutate({ header: { alg: "HS256" }, signWith: TEXT.bytes("secret-1") }),
  },
  {
    module: "oidcc-client-test-invalid-sig-es256",
    expected: "signature_invalid",
    options: { idp: { alg: "ES256" }, connection: { idTokenSignedResponseAlg: "ES256" } },
    arrange: (rp) => rp.idp.mutate({ idToken: (token) => TEXT.corruptSignature(token) }),
  },
  {
    module: "oidcc-client-test-userinfo-bearer-header",
    expected: "accepted",
    options: { connection: { claimsSource: "userinfo" } },
  },
  {
    module: "oidcc-client-test-userinfo-signed",
    expected: "userinfo_invalid",
    options: { connection: { claimsSource: "userinfo" } },
    arrange: (rp) =>
      rp.idp.mutate({
        faults: {
          userinfo: () => new Response("eyJhbGciOiJSUzI1NiJ9.e30.AA", { headers: { "content-type": "application/jwt" } }),
        },
      }),
  },
  {
    module: "oidcc-client-test-aggregated-claims",
    expected: "accepted",
    arrange: claims({ _claim_names: { address: "src1" }, _claim_sources: { src1: { JWT: "eyJhbGciOiJub25lIn0.e30." } } }),
  },
  {
    module: "oidcc-client-test-distributed-claims",
    expected: "accepted",
    arrange: claims({
      _claim_names: { credit: "src1" },
      _claim_sources: { src1: { endpoint: "https://claims.test/credit", access_token: "t" } },
    }),
  },
  {
    module: "fapi2-client-test-invalid-alternate-alg",
    expected: "alg_not_allowed",
    arrange: (rp) => rp.idp.rotateKeys({ alg: "ES256" }),
  },
  {
    module: "fapi2-client-test-invalid-null-alg",
    expected: "alg_not_allowed",
    arrange: (rp) => rp.idp.mutate({ header: { alg: "none" }, signWith: "none" }),
  },
  {
    module: "fapi2-client-test-invalid-expired-exp",
    expected: "token_expired",
    arrange: (rp) => claims({ exp: TEXT.seconds(-360) })(rp),
  },
  { module: "fapi2-client-test-invalid-missing-exp", expected: "token_expired", arrange: claims({ exp: undefined }) },
  { module: "fapi2-client-test-invalid-missing-iss", expected: "iss_claim_mismatch", arrange: claims({ iss: undefined }) },
  { module: "fapi2-client-test-invalid-missing-aud", expected: "aud_mismatch", arrange: claims({ aud: undefined }) },
  { module: "fapi2-client-test-invalid-missing-nonce", expected: "nonce_mismatch", arrange: claims({ nonce: undefined }) },
  {
    module: "fapi2-client-test-invalid-secondary-aud",
    expected: "aud_mismatch",
    arrange: claims({ aud: ["client-1", "stranger"] }),
  },
  { module: "fapi2-client-test-valid-aud-as-array", expected: "accepted", arrange: claims({ aud: ["client-1"] }) },
  {
    module: "fapi2-client-test-token-type-case-insensitivity",
    expected: "accepted",
    arrange: (rp) => rp.idp.mutate({ tokenResponse: { token_type: "bEArER" } }),
  },
  {
    module: "fapi2-client-test-token-endpoint-response-without-expires_in",
    expected: "accepted",
    arrange: (rp) => rp.idp.mutate({ tokenResponse: { expires_in: undefined } }),
  },
  {
    module: "fapi2-client-test-discovery-issuer-mismatch",
    expected: "issuer_mismatch",
    arrange: (rp) => rp.idp.mutate({ metadata: { issuer: "https://another.test" } }),
  },
  { module: "oidcc-client-test-typ-absent", expected: "accepted", arrange: header({ typ: undefined }) },
];

describe.each([
  ["Basic RP", BASIC],
  ["Config RP", CONFIG],
  ["further client modules", FURTHER],
])("%s", (_plan, modules) => {
  test.each(modules)("$module: $expected", async ({ expected, options, arrange }) => {
    rp = await relyingParty(options);
    await arrange?.(rp);
    const outcome = await rp.login();
    expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
    expect(rp.network.strangers).toEqual([]);
    if (expected === "issuer_mismatch") {
      expect(rp.idp.to("token")).toHaveLength(0);
      expect(rp.idp.to("other")).toHaveLength(0);
    } else {
      expect(rp.idp.to("token")).toHaveLength(1);
    }
    // Whatever the ID token lacks, its access token is not used.
    const userinfo = options?.connection?.claimsSource === "userinfo" ? 1 : 0;
    expect(rp.idp.to("userinfo")).toHaveLength(userinfo);
    if (outcome.ok)
      expect(outcome.assertion).toMatchObject({
        issuer: rp.idp.issuer,
        subject: "42",
        email: "kim@acme.test",
        emailVerified: true,
      });
  });
});

test("oidcc-client-test: the authorization request carries state, nonce, S256 and openid, and nothing beyond the list", async () => {
  rp = await relyingParty();
  const begun = await rp.begin({ loginHint: "kim@acme.test", prompt: "login", maxAge: 60 });
  if ("ok" in begun) throw new Error(begun.reason);
  const parameters = Object.fromEntries(begun.url.searchParams);
  expect(parameters).toEqual({
    response_type: "code",
    client_id: "client-1",
    redirect_uri: rp.connection.redirectUri,
    scope: "openid email profile",
    state: begun.roundTrip.state,
    nonce: begun.roundTrip.nonce,
    code_challenge: TEXT.sha256(begun.roundTrip.codeVerifier),
    code_challenge_method: "S256",
    login_hint: "kim@acme.test",
    prompt: "login",
    max_age: "60",
  });
});

test("oidcc-client-test-userinfo-bearer-header: the access token travels in the header alone", async () => {
  rp = await relyingParty({ connection: { claimsSource: "userinfo" } });
  expect((await rp.login()).ok).toBe(true);
  const [request] = rp.idp.to("userinfo");
  expect(request?.headers.get("authorization")).toMatch(/^Bearer access-/);
  expect(request?.url.search).toBe("");
  expect(request?.body).toBe("");
});

test("oidcc-client-test-signing-key-rotation-just-before-signing: new keys made right before signing are fetched", async () => {
  rp = await relyingParty();
  expect((await rp.login()).ok).toBe(true);
  const outcome = await rp.login({ meanwhile: () => rp.idp.rotateKeys() });
  expect(outcome.ok).toBe(true);
  expect(rp.idp.to("jwks")).toHaveLength(2);
});

test("oidcc-client-test-signing-key-rotation: keys replaced at the second authorization, both logins succeed", async () => {
  rp = await relyingParty();
  expect((await rp.login()).ok).toBe(true);
  await rp.idp.rotateKeys();
  expect((await rp.login()).ok).toBe(true);
  expect(rp.idp.to("jwks")).toHaveLength(2);
});
