// Whole logins through real identity providers, by plain HTTP.

import { afterAll, beforeAll, expect, test } from "vitest";
import { verifiedClaims } from "../../scripts/demo-idp.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { answerIdp, eventOf, reachIdp, referenceOf, SESSION_COOKIE, signedIn, signIn, textOf, whoAmI } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

let orgate: TestOrgate;
beforeAll(async () => {
  orgate = await startTestOrgate();
});
afterAll(() => orgate?.close());

const start = (query: string) => `${orgate.baseUrl}/sso/start?${query}`;

test("a person of an organization with one provider types an address and comes back signed in", async () => {
  const browser = createHttpBrowser();
  const page = await reachIdp(browser, start("email=ada@acme.example"));
  expect(page.url.origin).toBe(orgate.idps[0].issuer);
  expect(page.body).toContain('value="ada@acme.example"');

  const end = await browser.open(await answerIdp(browser, page, "ada@acme.example"));
  expect(end.url.origin).toBe(orgate.baseUrl);
  expect(end.url.search).toBe("");

  const session = await whoAmI(orgate, browser);
  const [connection] = orgate.demo.organizations.Acme.connections;
  expect(session).toMatchObject({
    active: true,
    identity: { organization_id: orgate.demo.organizations.Acme.id, traits: { email: "ada@acme.example", name: "Ada" } },
    authentication_methods: [{ method: "oidc", provider: connection?.id, organization: orgate.demo.organizations.Acme.id }],
  });
});

test("the organization's second domain leads to the same provider", async () => {
  const browser = createHttpBrowser();
  await signIn(browser, start("email=eve@acme.test"), "eve@acme.test");
  expect((await whoAmI(orgate, browser))?.identity.organization_id).toBe(orgate.demo.organizations.Acme.id);
});

test("the same person is the same identity at the next login, and the first session goes on", async () => {
  const [first, second] = [await signedIn(orgate, "grace@acme.example"), await signedIn(orgate, "grace@acme.example")];
  const [one, two] = [await whoAmI(orgate, first), await whoAmI(orgate, second)];
  expect(two?.identity.id).toBe(one?.identity.id);
  expect(two?.id).not.toBe(one?.id);
});

test("an organization with two connections lets the person choose, and each leads to its own provider", async () => {
  const [headquarters, laboratories] = orgate.demo.organizations.Globex.connections;
  const choice = await createHttpBrowser().step(start("email=bo@globex.example"));
  expect(choice.status).toBe(303);
  expect(choice.location?.pathname).toBe("/login");

  for (const [connection, idp, email] of [
    [headquarters, orgate.idps[0], "bo@globex.example"],
    [laboratories, orgate.idps[1], "cy@globex.example"],
  ] as const) {
    const browser = createHttpBrowser();
    const page = await reachIdp(browser, start(`connection=${connection?.id}`));
    expect(page.url.origin).toBe(idp.issuer);
    await browser.open(await answerIdp(browser, page, email));
    const session = await whoAmI(orgate, browser);
    expect(session?.identity.organization_id).toBe(orgate.demo.organizations.Globex.id);
    expect(session?.authentication_methods[0]?.provider).toBe(connection?.id);
  }
});

test("a member may come through the organization's second provider and stays one identity (T60)", async () => {
  const [headquarters, laboratories] = orgate.demo.organizations.Globex.connections;
  const sessions = [];
  for (const connection of [headquarters, laboratories]) {
    const browser = createHttpBrowser();
    await signIn(browser, start(`connection=${connection?.id}`), "dee@globex.example");
    sessions.push(await whoAmI(orgate, browser));
  }
  expect(sessions[0]?.identity.id).toBeDefined();
  expect(sessions[1]?.identity.id).toBe(sessions[0]?.identity.id);
});

test("a link may name the organization or the issuer", async () => {
  const acme = orgate.demo.organizations.Acme;
  const byOrganization = await reachIdp(createHttpBrowser(), start(`organization=${acme.id}`));
  expect(byOrganization.url.origin).toBe(orgate.idps[0].issuer);

  const byIssuer = await reachIdp(createHttpBrowser(), start(`iss=${encodeURIComponent(orgate.idps[1].issuer)}`));
  expect(byIssuer.url.origin).toBe(orgate.idps[1].issuer);
});

test("an address of elsewhere is never told to an organization's provider (T15)", async () => {
  const acme = orgate.demo.organizations.Acme;
  const own = await reachIdp(createHttpBrowser(), start(`organization=${acme.id}&login_hint=ada@acme.example`));
  expect(own.body).toContain('value="ada@acme.example"');
  const foreign = await reachIdp(createHttpBrowser(), start(`organization=${acme.id}&login_hint=bo@globex.example`));
  expect(foreign.body).not.toContain("bo@globex.example");
});

test("logins go on after the provider has changed its signing key", async () => {
  await signedIn(orgate, "ada@acme.example");
  orgate.idps[0].rotateKeys();
  const browser = await signedIn(orgate, "ada@acme.example");
  expect((await whoAmI(orgate, browser))?.identity.traits.email).toBe("ada@acme.example");
});

test("a callback opened twice is refused the second time and leaves the session alone (T4)", async () => {
  const browser = createHttpBrowser();
  const callback = await answerIdp(browser, await reachIdp(browser, start("email=ada@acme.example")), "ada@acme.example");
  const cookiesBefore = await browser.jar.serialize();
  await browser.open(callback);
  const session = await whoAmI(orgate, browser);
  expect(session).toBeDefined();

  const again = await browser.step(callback);
  expect(again.status).toBe(400);
  expect(referenceOf(again)).toBeDefined();
  expect((await whoAmI(orgate, browser))?.id).toBe(session?.id);

  // The same with the transaction's cookie still there, as a thief of the whole browser state would have it.
  const thief = createHttpBrowser();
  for (const cookie of cookiesBefore?.cookies ?? []) {
    await thief.jar.setCookie(`${cookie.key}=${cookie.value}; Secure; HttpOnly; Path=/`, orgate.baseUrl);
  }
  const stolen = await thief.step(callback);
  expect(stolen.status).toBe(400);
  expect(await thief.cookie(orgate.baseUrl, SESSION_COOKIE)).toBeUndefined();
});

test("a callback opened in another browser is refused (T2, T3)", async () => {
  const browser = createHttpBrowser();
  const callback = await answerIdp(browser, await reachIdp(browser, start("email=ada@acme.example")), "ada@acme.example");
  const victim = createHttpBrowser();
  const page = await victim.step(callback);
  expect(page.status).toBe(400);
  expect(await whoAmI(orgate, victim)).toBeUndefined();
});

test("a person who cancels at the provider gets a calm page with a way back and no session", async () => {
  const browser = createHttpBrowser();
  const page = await browser.open(await answerIdp(browser, await reachIdp(browser, start("email=ada@acme.example")), "cancel"));
  expect(page.status).toBe(403);
  expect(textOf(page)).toContain("cancelled");
  expect(textOf(page)).not.toContain("access_denied");
  expect(await eventOf(orgate, referenceOf(page))).toMatchObject({ type: "login.refused", reason: "user_cancelled" });
  expect(await browser.cookie(orgate.baseUrl, SESSION_COOKIE)).toBeUndefined();
});

test("an organization's provider cannot vouch for an address of another organization, nor for one of nobody's (T40)", async () => {
  for (const email of ["bo@globex.example", "someone@personal.example", "ada@acme.example.attacker.example"]) {
    const browser = createHttpBrowser();
    const page = await signIn(browser, start(`organization=${orgate.demo.organizations.Acme.id}`), email);
    expect(page.status).toBe(403);
    expect(page.body).not.toContain(email);
    expect(await eventOf(orgate, referenceOf(page))).toMatchObject({ reason: "email_outside_organization" });
    expect(await whoAmI(orgate, browser)).toBeUndefined();
  }
});

test("an address that the provider calls unverified is refused (T42)", async () => {
  orgate.idps[0].assert((email) => ({ ...verifiedClaims(email), email_verified: false }));
  try {
    const browser = createHttpBrowser();
    const page = await signIn(browser, start("email=una@acme.example"), "una@acme.example");
    expect(page.status).toBe(403);
    expect(await eventOf(orgate, referenceOf(page))).toMatchObject({ reason: "email_unverified" });
  } finally {
    orgate.idps[0].assert(verifiedClaims);
  }
});

test("a connection disabled while the person is at the provider does not open any more (T58)", async () => {
  const browser = createHttpBrowser();
  const [, laboratories] = orgate.demo.organizations.Globex.connections;
  const path = `/projects/${orgate.demo.projectId}/connections/${laboratories?.id}`;
  const page = await reachIdp(browser, start(`connection=${laboratories?.id}`));
  const callback = await answerIdp(browser, page, "gus@globex.example");
  expect((await orgate.manage("PATCH", path, { state: "disabled" })).status).toBe(200);
  try {
    const refused = await browser.open(callback);
    expect(refused.status).toBe(403);
    expect(await eventOf(orgate, referenceOf(refused))).toMatchObject({ reason: "connection_changed" });
    expect(await whoAmI(orgate, browser)).toBeUndefined();
  } finally {
    await orgate.manage("PATCH", path, { state: "enabled" });
  }
});

test("the person comes back to the page the link came from, and never to a foreign one (T17)", async () => {
  const browser = createHttpBrowser();
  const target = "/reports/2026?tab=q3";
  const callback = await answerIdp(
    browser,
    await reachIdp(browser, start(`email=ada@acme.example&return_to=${encodeURIComponent(target)}`)),
    "ada@acme.example",
  );
  const answer = await browser.step(callback);
  expect(answer.status).toBe(303);
  expect(answer.location?.href).toBe(`${orgate.baseUrl}${target}`);

  for (const foreign of ["https://attacker.example/", "//attacker.example", "javascript:alert(1)"]) {
    const refused = await createHttpBrowser().step(start(`email=ada@acme.example&return_to=${encodeURIComponent(foreign)}`));
    expect(refused.status).toBe(400);
    expect(refused.location).toBeUndefined();
  }
});

test("logging out ends the session for everybody who holds its cookie", async () => {
  const browser = await signedIn(orgate, "ada@acme.example");
  const token = await browser.cookie(orgate.baseUrl, SESSION_COOKIE);
  const { logout_url } = (await (await browser.fetch(`${orgate.baseUrl}/self-service/logout/browser`)).json()) as {
    logout_url: string;
  };
  await browser.open(logout_url);
  expect(await browser.cookie(orgate.baseUrl, SESSION_COOKIE)).toBeUndefined();
  const stolen = await fetch(`${orgate.baseUrl}/sessions/whoami`, { headers: { cookie: `${SESSION_COOKIE}=${token}` } });
  expect(stolen.status).toBe(401);
});

test("deleting an organization ends its sessions and its way in (design decision: nothing dangles)", async () => {
  const project = `/projects/${orgate.demo.projectId}`;
  const created = await orgate.manage("POST", `${project}/organizations`, { label: "Initech", domains: ["initech.example"] });
  const { id } = (await created.json()) as { id: string };
  const [acme] = orgate.demo.organizations.Acme.connections;
  const connection = (await (
    await orgate.manage("POST", `${project}/connections`, {
      organization_id: id,
      provider: "generic",
      label: "Initech",
      issuer_url: orgate.idps[0].issuer,
      client_id: "orgate-initech",
      client_secret: orgate.credentials.clientSecret,
      scope: ["openid", "email", "profile"],
    })
  ).json()) as { id: string; redirect_uri: string };
  expect(connection.redirect_uri).toMatch(new RegExp(`/self-service/methods/oidc/organization/${id}/callback/${connection.id}$`));
  expect(connection.id).not.toBe(acme?.id);
  orgate.idps[0].registerClient({
    client_id: "orgate-initech",
    client_secret: orgate.credentials.clientSecret,
    redirect_uris: [connection.redirect_uri],
  });
  const browser = await signedIn(orgate, "ina@initech.example");
  expect((await orgate.manage("DELETE", `${project}/organizations/${id}`)).status).toBe(204);
  expect(await whoAmI(orgate, browser)).toBeUndefined();
  expect((await createHttpBrowser().step(start("email=ina@initech.example"))).status).toBe(404);
});

test("neither addresses, codes, tokens nor secrets have reached the Worker's log (T101)", () => {
  const logs = orgate.logs();
  expect(logs).toContain("login_refused");
  for (const secret of ["acme.example", "orgate_st_", orgate.rootKey, orgate.credentials.clientSecret, "code="]) {
    expect(logs).not.toContain(secret);
  }
});
