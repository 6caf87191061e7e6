// Ory's published SDK, unmodified, against Orgate.

import { Configuration, FrontendApi, ProjectApi, ResponseError } from "@ory/client-fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LOCAL_ACCOUNT } from "../../scripts/demo-seed.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { signedIn } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

let orgate: TestOrgate;
beforeAll(async () => {
  orgate = await startTestOrgate();
});
afterAll(() => orgate?.close());

const frontend = (browser = createHttpBrowser()) =>
  new FrontendApi(new Configuration({ basePath: orgate.baseUrl, fetchApi: browser.fetch }));

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
