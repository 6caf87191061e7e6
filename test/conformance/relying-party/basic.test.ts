// The OpenID client modules that are more than one deviation of one login; the others are in catalogue.test.ts.

import { afterEach, expect, test } from "vitest";
import { TEXT } from "../../support/idp/values.ts";
import { type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

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
