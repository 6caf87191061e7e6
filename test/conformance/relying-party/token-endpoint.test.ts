// T11, T36, T38, T72, F21: how we authenticate at the token endpoint, and what its answers lead to.

import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { sealPurpose } from "../../../src/domain/connections/connection.ts";
import type { RefusalReason } from "../../../src/protocols/connector.ts";
import { newClientKey } from "../../../src/protocols/oidc/client-authentication.ts";
import { createIdp, type Fault, type Mutation } from "../../support/idp/idp.ts";
import { type RelyingParty, relyingParty, sealer } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

const AWKWARD = "p:%+ /ä&=?#\"'~*()!";

describe("T36: the configured method and no other", () => {
  test("client_secret_basic, form-url-encoded first", async () => {
    const client_id = "urn:client/1 ü:+";
    rp = await relyingParty({
      clientSecret: AWKWARD,
      connection: { clientId: client_id },
      idp: { clients: [{ client_id, client_secret: AWKWARD }] },
    });
    expect((await rp.login()).ok).toBe(true);
    const [request] = rp.idp.to("token");
    expect(new URLSearchParams(request?.body).has("client_secret")).toBe(false);
    expect(request?.url.search).toBe("");
  });

  test("client_secret_post", async () => {
    rp = await relyingParty({
      clientSecret: AWKWARD,
      connection: { tokenEndpointAuthMethod: "client_secret_post" },
      idp: { clients: [{ client_id: "client-1", client_secret: AWKWARD, token_endpoint_auth_method: "client_secret_post" }] },
    });
    expect((await rp.login()).ok).toBe(true);
    const [request] = rp.idp.to("token");
    expect(request?.headers.get("authorization")).toBeNull();
    expect(request?.url.search).toBe("");
  });

  test.each([["none"], ["client_secret_post"], ["private_key_jwt"]])(
    "metadata that offers only %s changes nothing",
    async (method) => {
      rp = await relyingParty();
      rp.idp.mutate({ metadata: { token_endpoint_auth_methods_supported: [method] } });
      expect((await rp.login()).ok).toBe(true);
      expect(rp.idp.to("token")[0]?.headers.get("authorization")).toMatch(/^Basic /);
    },
  );
});

describe("private_key_jwt", () => {
  async function withKey(extra: { otherIssuer?: string } = {}) {
    const { privateJwk, publicJwk } = await newClientKey();
    const client = { client_id: "client-1", token_endpoint_auth_method: "private_key_jwt" as const, jwks: { keys: [publicJwk] } };
    rp = await relyingParty({
      connection: { tokenEndpointAuthMethod: "private_key_jwt", clientSecret: null },
      idp: { clients: [client] },
    });
    rp.connection.privateKey = await sealer.seal(sealPurpose(rp.connection, "private_key"), JSON.stringify(privateJwk));
    const other =
      extra.otherIssuer === undefined
        ? undefined
        : await createIdp({ issuer: extra.otherIssuer, alg: "ES256", clients: [client] });
    return { publicJwk, other };
  }

  test("T11: the assertion's audience is the issuer as a single string; it is short-lived and never the same", async () => {
    const { publicJwk } = await withKey();
    expect((await rp.login()).ok).toBe(true);
    expect((await rp.login()).ok).toBe(true);
    const assertions = rp.idp.to("token").map((request) => new URLSearchParams(request.body).get("client_assertion") ?? "");
    const payloads = assertions.map((assertion) => decodeJwt(assertion));
    expect(payloads[0]).toMatchObject({ iss: "client-1", sub: "client-1", aud: rp.idp.issuer });
    expect((payloads[0]?.exp ?? 0) - (payloads[0]?.iat ?? 0)).toBeLessThanOrEqual(60);
    expect(new Set(payloads.map((payload) => payload.jti)).size).toBe(2);
    expect(decodeProtectedHeader(assertions[0] ?? "")).toEqual({ alg: "ES256", kid: publicJwk.kid });
    expect(rp.idp.to("token")[0]?.headers.get("authorization")).toBeNull();
  });

  test("T11: sent to another server's token endpoint, the assertion is refused there", async () => {
    const { other } = await withKey({ otherIssuer: "https://honest.test" });
    if (!other) throw new Error("no other IdP");
    rp.network.host(other.host, other.answer);
    rp.idp.mutate({ metadata: { token_endpoint: "https://honest.test/token" } });
    expect(await rp.login()).toMatchObject({ ok: false, reason: "invalid_client" });
    expect(other.to("token")).toHaveLength(1);
  });

  test("a new key has a kid, and its public half nothing private", async () => {
    const { privateJwk, publicJwk } = await newClientKey();
    expect(Object.keys(publicJwk).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(privateJwk).toMatchObject({ ...publicJwk, d: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    expect((await newClientKey()).publicJwk.kid).not.toBe(publicJwk.kid);
  });
});

test("a credential that is missing, foreign or unreadable: nothing is sent", async () => {
  rp = await relyingParty();
  const { connection } = rp;
  const elsewhere = await sealer.seal(sealPurpose({ projectId: "other", id: connection.id }, "client_secret"), "secret-1");
  for (const change of [
    { clientSecret: null },
    { clientSecret: "" },
    { clientSecret: "eyJhbGciOiJkaXIifQ..a.b.c" },
    { clientSecret: elsewhere },
    { tokenEndpointAuthMethod: "private_key_jwt" as const },
    { tokenEndpointAuthMethod: "private_key_jwt" as const, privateKey: connection.clientSecret },
  ]) {
    rp.connection = { ...connection, ...change };
    expect(await rp.login()).toMatchObject({ ok: false, reason: "client_credentials_missing" });
  }
  expect(rp.idp.to("token")).toHaveLength(0);
});

const json =
  (body: unknown, init?: ResponseInit): Fault =>
  () =>
    Response.json(body, init);
const text =
  (body: string, type: string, status = 200): Fault =>
  () =>
    new Response(body, { status, headers: { "content-type": type } });

const ANSWERS: [name: string, expected: RefusalReason | "accepted", mutation: Mutation][] = [
  ["F21: reset", "token_endpoint_unreachable", { faults: { token: "reset" } }],
  ["F21: 500", "idp_unavailable", { faults: { token: text("oops", "text/plain", 500) } }],
  ["F21: 503 with JSON", "idp_unavailable", { faults: { token: json({ error: "x" }, { status: 503 }) } }],
  ["F21: 429", "idp_rate_limited", { faults: { token: json({}, { status: 429, headers: { "retry-after": "60" } }) } }],
  ["F21: invalid_client", "invalid_client", { faults: { token: json({ error: "invalid_client" }, { status: 401 }) } }],
  [
    "F21: invalid_client with a challenge",
    "invalid_client",
    {
      faults: { token: json({ error: "invalid_client" }, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }) },
    },
  ],
  ["F21: 401 without words", "invalid_client", { faults: { token: text("", "text/plain", 401) } }],
  ["F21: invalid_grant", "invalid_grant", { faults: { token: json({ error: "invalid_grant" }, { status: 400 }) } }],
  ["F21: another error", "token_response_invalid", { faults: { token: json({ error: "<b>" }, { status: 400 }) } }],
  ["F21: HTML with 200", "token_response_invalid", { faults: { token: text("<html>", "text/html") } }],
  ["F21: HTML with 400", "token_response_invalid", { faults: { token: text("<html>", "text/html", 400) } }],
  [
    "T38: a redirect",
    "token_response_invalid",
    { faults: { token: () => new Response(null, { status: 302, headers: { location: "https://evil.test/" } }) } },
  ],
  [
    "T38: 307, which would carry the secret along",
    "token_response_invalid",
    { faults: { token: () => new Response(null, { status: 307, headers: { location: "https://evil.test/" } }) } },
  ],
  ["T38: an error with 200", "invalid_grant", { tokenResponse: { error: "invalid_grant" } }],
  ["T38: an unknown error with 200", "token_response_invalid", { tokenResponse: { error: "other" } }],
  [
    "T38: 50 MB",
    "token_response_invalid",
    {
      faults: {
        token: () =>
          new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536).fill(32)) }), {
            headers: { "content-type": "application/json" },
          }),
      },
    },
  ],
  [
    "T38: 10,000 levels of JSON",
    "token_response_invalid",
    { faults: { token: text("[".repeat(10_000) + "]".repeat(10_000), "application/json") } },
  ],
  ["T38: a list", "token_response_invalid", { faults: { token: json([]) } }],
  ["T38: no JSON", "token_response_invalid", { faults: { token: text("{", "application/json") } }],
  ["T38: 204", "token_response_invalid", { faults: { token: () => new Response(null, { status: 204 }) } }],
  ["T38: no id_token", "id_token_missing", { tokenResponse: { id_token: undefined } }],
  ["T38: id_token that is no string", "id_token_malformed", { tokenResponse: { id_token: { a: 1 } } }],
  ["T38: no access_token", "token_response_invalid", { tokenResponse: { access_token: undefined } }],
  ["T38: no token_type", "token_response_invalid", { tokenResponse: { token_type: undefined } }],
  ["T38: token_type of another kind", "token_response_invalid", { tokenResponse: { token_type: "mac" } }],
  ["T38: token_type BEARER", "accepted", { tokenResponse: { token_type: "BEARER" } }],
  ["T38: no expires_in", "accepted", { tokenResponse: { expires_in: undefined } }],
];

test.each(ANSWERS)("%s: %s", async (_name, expected, mutation) => {
  rp = await relyingParty();
  rp.idp.mutate(mutation);
  const outcome = await rp.login();
  expect(outcome.ok ? "accepted" : outcome.reason).toBe(expected);
  // One attempt, whatever happened: codes are single-use.
  expect(rp.idp.to("token")).toHaveLength(1);
  expect(rp.network.strangers).toEqual([]);
  expect(JSON.stringify(outcome)).not.toMatch(/secret-1|code-|access-|<b>|oops/);
});

test("T38: duplicate keys: what is judged is what is used", async () => {
  rp = await relyingParty();
  rp.idp.mutate({
    faults: { token: text('{"access_token":"a","token_type":"Bearer","id_token":"a.b.c","id_token":null}', "application/json") },
  });
  expect(await rp.login()).toMatchObject({ ok: false, reason: "id_token_malformed" });
});

test("F21: a stall is given up after 5 seconds", { timeout: 20_000 }, async () => {
  rp = await relyingParty();
  rp.idp.mutate({ faults: { token: "hang" } });
  const began = Date.now();
  expect(await rp.login()).toMatchObject({ ok: false, reason: "token_endpoint_unreachable" });
  expect(Date.now() - began).toBeLessThan(8_000);
});

test("T72: the secret goes to the token endpoint alone, and nothing carries a cookie", async () => {
  rp = await relyingParty({ connection: { claimsSource: "userinfo" } });
  expect((await rp.login()).ok).toBe(true);
  for (const request of rp.network.requests) {
    expect(request.redirect).toBe("manual");
    expect(request.headers.get("cookie")).toBeNull();
    const sent = `${request.url} ${request.body} ${[...request.headers].join(" ")}`;
    const carriesSecret = sent.includes("secret-1") || sent.includes(btoa("client%2D1:secret%2D1"));
    expect(carriesSecret).toBe(request.path === "token");
  }
});
