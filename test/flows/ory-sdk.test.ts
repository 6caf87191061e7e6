// Ory's published SDK, unmodified, against Orgate.

import { Configuration, FrontendApi, IdentityApi, type LoginFlow, OAuth2Api, ProjectApi, ResponseError } from "@ory/client-fetch";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LOCAL_ACCOUNT } from "../../scripts/demo-seed.ts";
import { createHttpBrowser, type HttpBrowser } from "../support/cookie-jar.ts";
import { answerIdp, reachIdp, signedIn } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

let orgate: TestOrgate;
beforeAll(async () => {
  orgate = await startTestOrgate();
});
afterAll(() => orgate?.close());

const frontend = (browser = createHttpBrowser()) =>
  new FrontendApi(new Configuration({ basePath: orgate.baseUrl, fetchApi: browser.fetch }));

/** The SDK on a page of Orgate's own origin: a browser says where a request comes from. */
const onPage = (browser: HttpBrowser) => {
  const fetchApi = (input: string | URL | Request, init?: RequestInit) =>
    browser.fetch(input, { ...init, headers: { ...(init?.headers as object), origin: orgate.baseUrl } });
  return new FrontendApi(new Configuration({ basePath: orgate.baseUrl, fetchApi: fetchApi as typeof fetch }));
};

const managed = () => new Configuration({ basePath: orgate.baseUrl, accessToken: orgate.rootKey });

async function statusOf(call: Promise<unknown>): Promise<{ status: number; body: Record<string, unknown> }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ResponseError)) throw new Error(`expected a refusal, got ${error}`);
  return { status: error.response.status, body: (await error.response.json()) as Record<string, unknown> };
}

describe("ProjectApi", () => {
  const api = () => new ProjectApi(new Configuration({ basePath: orgate.baseUrl, accessToken: orgate.rootKey }));

  test("creates, reads, updates and deletes an organization", async () => {
    const { projectId } = orgate.demo;
    const organizationBody = { label: "My Organization", domains: ["my.example.com"] };
    const created = await api().createOrganization({ projectId, organizationBody });
    expect(created).toMatchObject({ label: "My Organization", domains: ["my.example.com"] });
    expect(created.created_at).toBeInstanceOf(Date);

    const organizationId = created.id;
    const read = await api().getOrganization({ projectId, organizationId });
    expect(read.organization).toEqual(created);

    const changed = { label: "Renamed", domains: ["my.example.com", "my.example.org"], session_lifespan: "8h" };
    const updated = await api().updateOrganization({ projectId, organizationId, organizationBody: changed });
    expect(updated).toMatchObject({ id: organizationId, ...changed });

    await api().deleteOrganization({ projectId, organizationId });
    expect((await statusOf(api().getOrganization({ projectId, organizationId }))).status).toBe(404);
  });

  test("pages through organizations and filters by domain", async () => {
    const { projectId } = orgate.demo;
    const seen: string[] = [];
    let pageToken: string | undefined;
    for (let page = 0; page < 10; page++) {
      const list = await api().listOrganizations({ projectId, pageSize: 1, ...(pageToken ? { pageToken } : {}) });
      seen.push(...list.organizations.map((organization) => organization.label));
      if (!list.has_next_page) break;
      pageToken = list.next_page_token;
    }
    expect(seen.sort()).toEqual(["Acme", "Globex"]);
    const filtered = await api().listOrganizations({ projectId, domain: "globex.example" });
    expect(filtered.organizations.map((organization) => organization.label)).toEqual(["Globex"]);
  });

  test("a domain that is taken is refused without naming its owner", async () => {
    const organizationBody = { label: "Impostor", domains: ["acme.example"] };
    const { status, body } = await statusOf(api().createOrganization({ projectId: orgate.demo.projectId, organizationBody }));
    expect(status).toBe(409);
    expect(JSON.stringify(body)).not.toMatch(/Acme/);
  });

  test("a wrong key is refused", async () => {
    const stranger = new ProjectApi(new Configuration({ basePath: orgate.baseUrl, accessToken: "orgate_root_wrong" }));
    expect((await statusOf(stranger.listOrganizations({ projectId: orgate.demo.projectId }))).status).toBe(401);
  });
});

describe("FrontendApi", () => {
  const login = async (identifier: string, password: string) => {
    const flow = await frontend().createNativeLoginFlow();
    return await frontend().updateLoginFlow({
      flow: flow.id,
      updateLoginFlowBody: { method: "password", identifier, password },
    });
  };

  test("signs a person in with a password, knows the session, and ends it", async () => {
    const { session_token: xSessionToken, session } = await login(LOCAL_ACCOUNT, orgate.credentials.localPassword);
    expect(session.identity?.traits).toMatchObject({ email: LOCAL_ACCOUNT });
    if (!xSessionToken) throw new Error("a native login answers with a session token");
    expect((await frontend().toSession({ xSessionToken })).id).toBe(session.id);

    await frontend().performNativeLogout({ performNativeLogoutBody: { session_token: xSessionToken } });
    expect((await statusOf(frontend().toSession({ xSessionToken }))).status).toBe(401);
  });

  test("a wrong password gives the flow back with a message, and the same for an unknown address (T92)", async () => {
    const texts = [];
    for (const identifier of [LOCAL_ACCOUNT, "nobody@personal.example"]) {
      const { status, body } = await statusOf(login(identifier, "not the password"));
      expect(status).toBe(400);
      texts.push(JSON.stringify((body as { ui: { messages: unknown } }).ui.messages));
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[0]).toContain("4000006");
  });

  test("an organization's address cannot sign in with a password, whatever the password", async () => {
    const { status, body } = await statusOf(login("ada@acme.example", "whatever it may be"));
    expect(status).toBe(400);
    const { nodes } = (body as { ui: { nodes: { group: string; attributes: { name: string } }[] } }).ui;
    expect(nodes.some((node) => node.attributes.name === "password")).toBe(false);
    expect(nodes.some((node) => node.group === "oidc")).toBe(true);
  });

  test("the first step with an organization's address offers its connection and nothing else", async () => {
    const flow = await frontend().createNativeLoginFlow();
    const updateLoginFlowBody = { method: "identifier_first", identifier: "ada@acme.example" } as const;
    const { status, body } = await statusOf(frontend().updateLoginFlow({ flow: flow.id, updateLoginFlowBody }));
    expect(status).toBe(400);
    const { nodes } = (body as { ui: { nodes: { group: string; attributes: { name: string; value?: string; type: string } }[] } })
      .ui;
    const [connection] = orgate.demo.organizations.Acme.connections;
    expect(nodes.filter((n) => n.attributes.type === "submit").map((n) => n.attributes.value)).toEqual([connection?.id]);
  });

  test("registers a person, who is signed in at once", async () => {
    const flow = await frontend().createNativeRegistrationFlow();
    const traits = { email: "new@personal.example", name: "New" };
    const answer = await frontend().updateRegistrationFlow({
      flow: flow.id,
      updateRegistrationFlowBody: { method: "password", password: "correct horse battery", traits },
    });
    expect(answer.identity.traits).toMatchObject(traits);
    const xSessionToken = answer.session_token ?? "";
    expect((await frontend().toSession({ xSessionToken })).identity?.id).toBe(answer.identity.id);
  });

  test("an organization's address cannot be registered with a password", async () => {
    const flow = await frontend().createNativeRegistrationFlow();
    const traits = { email: "mallory@acme.example" };
    const updateRegistrationFlowBody = { method: "password", password: "correct horse battery", traits } as const;
    expect((await statusOf(frontend().updateRegistrationFlow({ flow: flow.id, updateRegistrationFlowBody }))).status).toBe(400);
  });

  test("a browser's session is known and ended by its logout link", async () => {
    const browser = await signedIn(orgate, "ada@acme.example");
    const api = frontend(browser);
    const session = await api.toSession();
    expect(session.identity?.organization_id).toBe(orgate.demo.organizations.Acme.id);
    const { logout_token: token } = await api.createBrowserLogoutFlow();
    await api.updateLogoutFlow({ token });
    expect((await statusOf(api.toSession())).status).toBe(401);
  });
});

describe("FrontendApi, single sign-on", () => {
  const csrfOf = ({ ui }: Pick<LoginFlow, "ui">) => {
    const node = ui.nodes.find(({ attributes }) => "name" in attributes && attributes.name === "csrf_token");
    return node && "value" in node.attributes ? String(node.attributes.value) : "";
  };
  const connectionId = () => orgate.demo.organizations.Acme.connections[0]?.id ?? "";
  const mustRedirect = async (call: Promise<unknown>): Promise<string> => {
    const { status, body } = await statusOf(call);
    expect([status, (body["error"] as { id: string }).id]).toEqual([422, "browser_location_change_required"]);
    return body["redirect_browser_to"] as string;
  };

  test("a page signs a person in: the address, the provider, 422 to where the browser has to go, a session", async () => {
    const browser = createHttpBrowser();
    const api = onPage(browser);
    const flow = await api.createBrowserLoginFlow({ returnTo: `${orgate.baseUrl}/` });
    const identify = { method: "identifier_first", identifier: "ada@acme.example", csrf_token: csrfOf(flow) } as const;
    const step = await statusOf(api.updateLoginFlow({ flow: flow.id, updateLoginFlowBody: identify }));
    expect([step.status, step.body["organization_id"]]).toEqual([400, orgate.demo.organizations.Acme.id]);
    const choose = { method: "oidc", provider: connectionId(), csrf_token: csrfOf(flow) } as const;
    const link = await mustRedirect(api.updateLoginFlow({ flow: flow.id, updateLoginFlowBody: choose }));
    const callback = await answerIdp(browser, await reachIdp(browser, link), "ada@acme.example");
    await browser.step(callback);
    expect((await api.toSession()).identity?.organization_id).toBe(orgate.demo.organizations.Acme.id);
    await expect(api.createBrowserLoginFlow()).rejects.toMatchObject({ response: { status: 400 } });
  });

  test("a page registers a person through the organization, and shows the same flow again by its id", async () => {
    const browser = createHttpBrowser();
    const api = onPage(browser);
    const flow = await api.createBrowserRegistrationFlow();
    expect((await api.getRegistrationFlow({ id: flow.id })).id).toBe(flow.id);
    const choose = { method: "oidc", provider: connectionId(), csrf_token: csrfOf(flow) } as const;
    const link = await mustRedirect(api.updateRegistrationFlow({ flow: flow.id, updateRegistrationFlowBody: choose }));
    await browser.step(await answerIdp(browser, await reachIdp(browser, link), "grace@acme.example"));
    expect((await api.toSession()).identity?.traits).toMatchObject({ email: "grace@acme.example" });
  });

  test("a native app fetches the session that the browser began, once", async () => {
    const app = frontend();
    const returnTo = `${orgate.baseUrl}/native-app`;
    const flow = await app.createNativeLoginFlow({ returnSessionTokenExchangeCode: true, returnTo });
    const initCode = flow.session_token_exchange_code ?? "";
    expect(initCode).toMatch(/^[\w-]{43}$/);
    const submit = { method: "oidc", provider: connectionId() } as const;
    const link = await mustRedirect(app.updateLoginFlow({ flow: flow.id, updateLoginFlowBody: submit }));

    const browser = createHttpBrowser();
    const back = await browser.step(await answerIdp(browser, await reachIdp(browser, link), "ada@acme.example"));
    expect(`${back.location?.origin}${back.location?.pathname}`).toBe(returnTo);
    const returnToCode = back.location?.searchParams.get("code") ?? "";
    expect(await browser.cookie(orgate.baseUrl, "__Host-orgate_session")).toBeUndefined();

    const { session_token, session } = await app.exchangeSessionToken({ initCode, returnToCode });
    expect((await app.toSession({ xSessionToken: session_token ?? "" })).id).toBe(session.id);
    expect((await statusOf(app.exchangeSessionToken({ initCode, returnToCode }))).status).toBe(404);
  });

  test("a person sees and ends the other sessions, and their own by logging out", async () => {
    const [here, there, elsewhere] = await Promise.all(Array.from({ length: 3 }, () => signedIn(orgate, "ada@acme.example")));
    if (!here || !there || !elsewhere) throw new Error("three browsers");
    const api = onPage(here);
    const others = await api.listMySessions();
    const otherId = (await onPage(there).toSession()).id;
    expect(others.map(({ id }) => id)).toContain(otherId);
    await api.disableMySession({ id: otherId });
    expect((await statusOf(onPage(there).toSession())).status).toBe(401);
    expect((await api.disableMyOtherSessions()).count).toBeGreaterThan(0);
    expect((await statusOf(onPage(elsewhere).toSession())).status).toBe(401);
    const { logout_token: token } = await api.createBrowserLogoutFlow();
    await api.updateLogoutFlow({ token });
    expect((await statusOf(api.toSession())).status).toBe(401);
  });

  test("a session as a JWT, by a template of the project, verified by the published keys", async () => {
    const template = { claims: { email: "email", org: "org_id" } };
    await orgate.manage("PUT", `/projects/${orgate.demo.projectId}/session-token-templates/edge`, template);
    const browser = await signedIn(orgate, "ada@acme.example");
    const session = await onPage(browser).toSession({ tokenizeAs: "edge" });
    const jwks = createRemoteJWKSet(new URL(`${orgate.baseUrl}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(session.tokenized ?? "", jwks, { issuer: orgate.baseUrl, typ: "JWT" });
    expect(payload).toMatchObject({ sub: session.identity?.id, sid: session.id, email: "ada@acme.example" });
    expect(decodeJwt(session.tokenized ?? "")["org"]).toBe(orgate.demo.organizations.Acme.id);
  });
});

describe("IdentityApi", () => {
  const api = () => new IdentityApi(managed());

  test("creates, finds by organization, reads, patches, replaces and deletes a person", async () => {
    const organizationId = orgate.demo.organizations.Acme.id;
    const traits = { email: "planned@acme.example", name: "Planned" };
    const createIdentityBody = { schema_id: "default", traits, organization_id: organizationId };
    const created = await api().createIdentity({ createIdentityBody });
    expect(created).toMatchObject({ traits, organization_id: organizationId, state: "active" });
    const { id } = created;
    const members = await api().listIdentities({ organizationId, pageSize: 100 });
    expect(members.map((identity) => identity.id)).toContain(id);
    for (const identity of members) expect(identity.organization_id).toBe(organizationId);
    const found = await api().listIdentities({ credentialsIdentifier: "PLANNED@acme.example" });
    expect(found.map((identity) => identity.id)).toEqual([id]);
    expect((await api().getIdentity({ id })).id).toBe(id);

    const patched = await api().patchIdentity({ id, jsonPatch: [{ op: "replace", path: "/traits/name", value: "Renamed" }] });
    expect(patched.traits).toMatchObject({ name: "Renamed" });
    const updateIdentityBody = { schema_id: "default", state: "inactive", traits } as const;
    expect((await api().updateIdentity({ id, updateIdentityBody })).state).toBe("inactive");
    await api().deleteIdentity({ id });
    expect((await statusOf(api().getIdentity({ id }))).status).toBe(404);
  });

  test("sees and ends a person's sessions", async () => {
    const browser = await signedIn(orgate, "ada@acme.example");
    const session = await onPage(browser).toSession();
    const id = session.identity?.id ?? "";
    const sessions = await api().listIdentitySessions({ id, active: true, pageSize: 1000 });
    expect(sessions.map((one) => one.id)).toContain(session.id);
    expect((await api().getSession({ id: session.id })).active).toBe(true);
    await api().disableSession({ id: session.id });
    expect((await statusOf(onPage(browser).toSession())).status).toBe(401);
    const again = await signedIn(orgate, "ada@acme.example");
    await api().deleteIdentitySessions({ id });
    expect((await statusOf(onPage(again).toSession())).status).toBe(401);
  });
});

describe("OAuth2Api", () => {
  const api = () => new OAuth2Api(managed());

  test("registers an app, reads, lists, patches and replaces it, rotates its secret, and deletes it", async () => {
    const oAuth2Client = { client_name: "SDK app", redirect_uris: ["https://app.example.com/callback"], scope: "openid email" };
    const created = await api().createOAuth2Client({ oAuth2Client });
    expect(created).toMatchObject(oAuth2Client);
    expect(created.client_secret).toMatch(/^orgate_cs_/);
    expect(created.created_at).toBeInstanceOf(Date);
    const id = created.client_id ?? "";
    const read = await api().getOAuth2Client({ id });
    expect(read).toMatchObject(oAuth2Client);
    expect(read.client_secret).toBeUndefined();
    expect((await api().listOAuth2Clients({ clientName: "SDK app" })).map((client) => client.client_id)).toEqual([id]);

    const jsonPatch = [{ op: "add" as const, path: "/redirect_uris/-", value: "https://app.example.com/second" }];
    expect((await api().patchOAuth2Client({ id, jsonPatch })).redirect_uris).toHaveLength(2);
    const replaced = await api().setOAuth2Client({ id, oAuth2Client: { ...read, client_name: "Renamed" } });
    expect(replaced).toMatchObject({ client_name: "Renamed", redirect_uris: oAuth2Client.redirect_uris });
    const rotated = await api().rotateOAuth2ClientSecret({ id });
    expect(rotated.client_secret).toMatch(/^orgate_cs_/);
    expect(rotated.client_secret).not.toBe(created.client_secret);
    expect((await api().deleteRotatedOAuth2ClientSecrets({ id })).client_secret).toBeUndefined();
    await api().deleteOAuth2Client({ id });
    expect((await statusOf(api().getOAuth2Client({ id }))).status).toBe(404);
  });

  test("a mistake is answered with the field it is in", async () => {
    const oAuth2Client = { redirect_uris: ["http://app.example.com/callback"] };
    const { status, body } = await statusOf(api().createOAuth2Client({ oAuth2Client }));
    expect(status).toBe(422);
    expect((body["error"] as { details: object }).details).toMatchObject({ redirect_uris: { code: "url_insecure" } });
  });
});
