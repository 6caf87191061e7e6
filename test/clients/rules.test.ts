// What an app's fields may hold: each rule by the field and code that its breach is answered with.

import { exportJWK, generateKeyPair } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { type ClientsApi, clientsApi, REDIRECT } from "./scene.ts";

let api: ClientsApi;
let jwk: Record<string, unknown>;
let privateJwk: Record<string, unknown>;
beforeAll(async () => {
  api = await clientsApi();
  const pair = await generateKeyPair("ES256", { extractable: true });
  jwk = { ...(await exportJWK(pair.publicKey)) };
  privateJwk = { ...(await exportJWK(pair.privateKey)) };
});

describe("T113: redirect_uris", () => {
  const refused: [uri: string, code: string][] = [
    ["http://app.example.com/callback", "url_insecure"],
    ["https://app.example.com/callback#x", "url_fragment"],
    ["https://app.example.com/callback#", "url_fragment"],
    ["https://*.example.com/callback", "url_wildcard"],
    ["https://app.example.com/*", "url_wildcard"],
    ["https://user:pw@app.example.com/", "url_userinfo"],
    ["https://app.example.com/a/../callback", "url_not_canonical"],
    ["https://app.example.com/%2e%2e/callback", "url_not_canonical"],
    ["https://APP.example.com/callback", "url_not_canonical"],
    ["HTTPS://app.example.com/callback", "url_not_canonical"],
    ["https://app.example.com:443/callback", "url_not_canonical"],
    ["https:app.example.com/callback", "url_not_canonical"],
    ["https://app.example.com\\@evil.example/", "url_not_canonical"],
    ["https://0x7f.1/callback", "url_not_canonical"],
    ["https://app.example.com/call back", "url_invalid"],
    ["https://äpp.example.com/", "url_invalid"],
    ["/callback", "url_invalid"],
    ["", "url_invalid"],
    ["javascript:alert(1)", "url_scheme"],
    ["data:text/html,x", "url_scheme"],
    ["file:///etc/passwd", "url_scheme"],
    ["myapp:/callback", "url_scheme"],
    ["com.example.app:/callback", "url_scheme"],
    [`https://app.example.com/${"x".repeat(2048)}`, "too_long"],
  ];
  test.each(refused)("%s is refused: %s", async (uri, code) => {
    expect(await api.problems({ redirect_uris: [uri] })).toEqual({ redirect_uris: code });
    expect(await api.problems({ post_logout_redirect_uris: [uri] })).toEqual({ post_logout_redirect_uris: code });
  });

  test.each([
    "https://app.example.com",
    "https://app.example.com/",
    "https://app.example.com:8443/callback?tenant=a",
    "http://localhost:3000/callback",
    "http://127.0.0.1/callback",
    "http://[::1]:3000/callback",
  ])("%s is taken and kept to the letter", async (uri) => {
    const { json } = await api.call("POST", "", { redirect_uris: [uri], post_logout_redirect_uris: [uri] });
    expect([json.redirect_uris, json.post_logout_redirect_uris]).toEqual([[uri], [uri]]);
  });

  test("a scheme with a dot is for apps without a secret", async () => {
    const installed = { token_endpoint_auth_method: "none" };
    expect(await api.problems({ redirect_uris: ["com.example.app:/callback"], ...installed })).toEqual({});
    for (const uri of ["myapp:/callback", "com.example.app:callback", "javascript:alert(1)"]) {
      expect(Object.keys(await api.problems({ redirect_uris: [uri], ...installed }))).toEqual(["redirect_uris"]);
    }
  });

  test("there is at least one, and not more than 50", async () => {
    expect(await api.problems({ redirect_uris: [] })).toEqual({ redirect_uris: "required" });
    const many = Array.from({ length: 51 }, (_, i) => `https://app.example.com/${i}`);
    expect(await api.problems({ redirect_uris: many })).toEqual({ redirect_uris: "too_many" });
  });
});

describe("other fields", () => {
  const table: [name: string, body: object, problems: Record<string, string>][] = [
    ["a name with controls", { client_name: "a\nb" }, { client_name: "forbidden_character" }],
    ["the implicit grant", { grant_types: ["implicit"] }, { grant_types: "invalid_value" }],
    ["no code grant", { grant_types: ["refresh_token"] }, { grant_types: "required" }],
    ["another response type", { response_types: ["token"] }, { response_types: "invalid_value" }],
    ["no response type", { response_types: [] }, { response_types: "required" }],
    ["an unknown scope", { scope: "openid admin" }, { scope: "scope_unknown" }],
    ["a scope without openid", { scope: "email" }, { scope: "scope_openid" }],
    ["offline access without its grant", { scope: "openid offline_access" }, { scope: "scope_offline" }],
    ["an unknown method", { token_endpoint_auth_method: "client_secret_jwt" }, { token_endpoint_auth_method: "invalid_value" }],
    ["no PKCE without a secret (T115)", { token_endpoint_auth_method: "none", pkce: "optional" }, { pkce: "pkce_required" }],
    ["plain PKCE", { pkce: "plain" }, { pkce: "invalid_value" }],
    ["HS256", { id_token_signed_response_alg: "HS256" }, { id_token_signed_response_alg: "invalid_value" }],
    ["alg none", { id_token_signed_response_alg: "none" }, { id_token_signed_response_alg: "invalid_value" }],
    ["a back channel over http", { backchannel_logout_uri: "http://app.example.com/" }, { backchannel_logout_uri: "url_scheme" }],
    [
      "a back channel into here (T122)",
      { backchannel_logout_uri: "https://10.0.0.1/" },
      { backchannel_logout_uri: "url_ip_address" },
    ],
    ["a secret of one's own", { client_secret: "hunter2-hunter2-hunter2" }, { client_secret: "unknown_field" }],
    ["an id of one's own", { client_id: "mine" }, { client_id: "unknown_field" }],
    ["too much metadata", { metadata: { x: "y".repeat(5000) } }, { metadata: "too_long" }],
    ["organizations that are no ids", { organization_ids: ["acme"] }, { organization_ids: "invalid_format" }],
    [
      "pairwise subjects over two hosts",
      { subject_type: "pairwise", redirect_uris: [REDIRECT, "https://other.example.com/"] },
      { subject_type: "pairwise_hosts" },
    ],
    [
      "several at once, one entry each",
      { scope: "x", pkce: "optional", token_endpoint_auth_method: "none", redirect_uris: ["http://a.example/"] },
      { scope: "scope_unknown", pkce: "pkce_required", redirect_uris: "url_insecure" },
    ],
  ];
  test.each(table)("%s", async (_name, body, problems) => {
    expect(await api.problems(body)).toEqual(problems);
  });

  test("what is right is taken", async () => {
    expect(await api.problems({ grant_types: ["authorization_code", "refresh_token"], scope: "openid offline_access" })).toEqual(
      {},
    );
    expect(await api.problems({ subject_type: "pairwise", pkce: "optional", id_token_signed_response_alg: "RS256" })).toEqual({});
    expect(await api.problems({ backchannel_logout_uri: "https://app.example.com/logout" })).toEqual({});
  });
});

describe("T116: keys of private_key_jwt", () => {
  const method = { token_endpoint_auth_method: "private_key_jwt" };
  const keys = (...list: object[]) => ({ ...method, jwks: { keys: list } });

  test("one public key, by value or by address, and never both or neither", async () => {
    expect(await api.problems(keys(jwk))).toEqual({});
    expect(await api.problems({ ...method, jwks_uri: "https://app.example.com/jwks.json" })).toEqual({});
    expect(await api.problems(method)).toEqual({ jwks: "required" });
    expect(await api.problems({ ...keys(jwk), jwks_uri: "https://app.example.com/jwks.json" })).toEqual({ jwks: "ambiguous" });
    expect(await api.problems({ jwks: { keys: [jwk] } })).toEqual({ jwks: "not_used" });
    expect(await api.problems({ ...method, jwks_uri: "https://localhost/jwks.json" })).toEqual({ jwks_uri: "url_reserved_name" });
    const { json } = await api.call("POST", "", { redirect_uris: [REDIRECT], ...keys({ ...jwk, kid: "a", x5c: ["junk"] }) });
    expect(json).not.toHaveProperty("client_secret");
    expect(json.jwks.keys).toEqual([{ ...jwk, kid: "a" }]);
  });

  test("private, symmetric, weak and foreign keys are refused", async () => {
    const bad: [key: object, code: string][] = [
      [privateJwk, "private_key"],
      [{ kty: "oct", k: "c2VjcmV0" }, "private_key"],
      [{ kty: "EC", crv: "P-521", x: "a", y: "b" }, "key_type"],
      [{ kty: "OKP", crv: "X25519", x: "a" }, "key_type"],
      [{ kty: "RSA", n: "x".repeat(171), e: "AQAB" }, "key_size"],
      [{ kty: "RSA", n: "x".repeat(1000), e: "AQAB" }, "key_size"],
      [{ kty: "EC", crv: "P-256", x: "a" }, "key_invalid"],
      [{ ...jwk, alg: "HS256" }, "key_alg"],
      [{ ...jwk, use: "enc" }, "key_use"],
      [{ ...jwk, kid: "" }, "key_invalid"],
      [{}, "key_type"],
    ];
    for (const [key, code] of bad) expect([key, await api.problems(keys(key))]).toEqual([key, { jwks: code }]);
    expect(await api.problems(keys())).toEqual({ jwks: "required" });
    expect(await api.problems(keys(...Array(11).fill(jwk)))).toEqual({ jwks: "too_many" });
  });
});
