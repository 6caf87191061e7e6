// T11, T36, T72, F21: how we authenticate at the token endpoint. Its answers are in the catalogue.

import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { sealPurpose } from "../../../src/domain/connections/connection.ts";
import { newClientKey } from "../../../src/protocols/oidc/client-authentication.ts";
import { createIdp } from "../../support/idp/idp.ts";
import { answering } from "../../support/idp/mutations/mutation.ts";
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
  for (const [change, reason] of [
    [{ clientSecret: null }, "client_credentials_missing"],
    [{ tokenEndpointAuthMethod: "private_key_jwt" as const }, "client_credentials_missing"],
    [{ clientSecret: "" }, "secret_unreadable"],
    [{ clientSecret: "eyJhbGciOiJkaXIifQ..a.b.c" }, "secret_unreadable"],
    [{ clientSecret: elsewhere }, "secret_unreadable"],
    [{ tokenEndpointAuthMethod: "private_key_jwt" as const, privateKey: connection.clientSecret }, "secret_unreadable"],
  ] as const) {
    rp.connection = { ...connection, ...change };
    expect(await rp.login()).toMatchObject({ ok: false, reason });
  }
  expect(rp.idp.to("token")).toHaveLength(0);
});

test("T38: duplicate keys: what is judged is what is used", async () => {
  rp = await relyingParty();
  rp.idp.mutate({
    faults: {
      token: answering('{"access_token":"a","token_type":"Bearer","id_token":"a.b.c","id_token":null}', "application/json"),
    },
  });
  expect(await rp.login()).toMatchObject({ ok: false, reason: "id_token_malformed" });
});

test("F21: a stall is given up after 5 seconds", async () => {
  rp = await relyingParty();
  rp.idp.mutate({ faults: { token: "hang" } });
  const began = Date.now();
  expect(await rp.login()).toMatchObject({ ok: false, reason: "token_endpoint_unreachable" });
  expect(Date.now() - began).toBeLessThan(20_000);
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
