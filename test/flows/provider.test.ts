// An app in Node signs people in through the built Worker: the provider library runs as it is deployed, bundled and minified, and
// openid-client speaks to it over loopback.

import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { answerIdp, reachIdp } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

const CALLBACK = "http://localhost:1/callback";
let orgate: TestOrgate;
beforeAll(async () => {
  orgate = await startTestOrgate();
});
afterAll(() => orgate?.close());

test("from the app to the organization's provider and back, and out again on both sides", async () => {
  const registered = await orgate.manage("POST", "/admin/clients", {
    client_name: "Node app",
    redirect_uris: [CALLBACK],
    post_logout_redirect_uris: [CALLBACK],
    grant_types: ["authorization_code", "refresh_token"],
  });
  const app = (await registered.json()) as { client_id: string; client_secret: string };
  const config = await client.discovery(new URL(orgate.baseUrl), app.client_id, app.client_secret, undefined, {
    execute: [client.allowInsecureRequests],
  });
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const to = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid profile email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    login_hint: "ada@acme.example",
    state,
    nonce,
  });

  const browser = createHttpBrowser();
  const atApp = (url: URL) => url.origin === new URL(CALLBACK).origin;
  const page = await reachIdp(browser, to.href);
  const back = await browser.step(await answerIdp(browser, page, "ada@acme.example"));
  const callback = (await browser.follow(back, atApp)).at(-1)?.location;
  const tokens = await client.authorizationCodeGrant(config, callback ?? new URL(CALLBACK), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
  expect(tokens.claims()).toMatchObject({
    iss: orgate.baseUrl,
    email: "ada@acme.example",
    org_id: orgate.demo.organizations.Acme.id,
    org_name: "Acme",
  });
  const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
  const person = await client.fetchUserInfo(config, again.access_token, tokens.claims()?.sub ?? "");
  expect(person.email).toBe("ada@acme.example");

  const leave = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? "",
    post_logout_redirect_uri: CALLBACK,
    state,
  });
  const left = await browser.step(leave);
  expect(left.location?.href).toBe(`${CALLBACK}?state=${state}`);
  await expect(client.fetchUserInfo(config, again.access_token, client.skipSubjectCheck)).rejects.toThrow();
  const silent = new URL(to);
  silent.searchParams.set("prompt", "none");
  const steps = await browser.follow(await browser.step(silent), atApp);
  expect((steps.at(-1) ?? (await browser.step(silent))).location?.searchParams.get("error")).toBe("login_required");
});
