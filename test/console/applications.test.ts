// The console's pages for apps, the keys their tokens are signed with, and sessions as JWTs.

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { isClientSecret } from "../../src/domain/clients/secrets.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { formsOf, type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { createOrganization, createProject, services, systemContext } from "../support/seed.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);

const SECRET = /orgate_cs_[A-Za-z0-9_-]{43}/;
const CALLBACK = "https://reports.example/callback";
const JWK = {
  kty: "EC",
  crv: "P-256",
  kid: "k1",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};

let project: Project;
let kim: OperatorClient;
let list: string;
let origin: string;

beforeEach(async () => {
  project = await createProject({ name: "Northwind" });
  kim = await operatorAt({ [project.id]: "owner" });
  list = `/projects/${project.id}/applications`;
  origin = `http://${project.slug}.localhost:8787`;
});

const create = async (fields: Parameters<ReturnType<typeof services>["clients"]["create"]>[1] = {}) =>
  await services().clients.create(project.id, { name: "Reports", redirectUris: [CALLBACK], ...fields }, systemContext);
const stored = (id: string) => services().clients.get(project.id, id);
const all = async () => (await services().clients.list(project.id, { after: undefined, limit: 100 })).items;
const formOf = async (path: string) =>
  (await formsOf((await kim.page(path)).text)).find(({ method, action }) => method === "post" && action === "")?.fields ?? {};

describe("the list", () => {
  test("teaches the next step while it is empty, and the API is on the project's host", async () => {
    const { status, text } = await kim.page(list);
    expect(status).toBe(200);
    expect(readable(text)).toMatch(/No applications yet.*New application.*There are none yet.*There is no template yet/);
    expect(text).toContain(`curl &#39;${origin}/admin/clients&#39;`);
    expect(text).toMatch(/aria-current="page"[^>]*>Applications/);
  });

  test("says of which kind each is and for whom, and how the project signs", async () => {
    const [a, b, c] = await Promise.all(["Acme", "Globex", "Initech"].map((label) => createOrganization(project, { label })));
    const ids = [a, b, c].map((organization) => organization?.id ?? "");
    await create({ organizationIds: ids });
    const open = await create({ name: "Phone", tokenEndpointAuthMethod: "none" });
    const text = readable((await kim.page(list)).text);
    expect(text).toMatch(/Reports .* Web server, with a secret Acme, Globex and 1 more/);
    expect(text).toMatch(new RegExp(`Phone ${open.client.id} Copy Single-page or installed app, without a secret Everybody`));
    const [signing] = await services().signingKeys.list(project.id);
    expect(text).toContain(`${signing?.key.id} RS256 Signs`);
  });

  test("is paged, in a number of D1 round trips that does not depend on how many there are", async () => {
    const acme = await createOrganization(project, { label: "Acme" });
    await create();
    const counted = countingEnv(env);
    const operator = await operatorAt({ [project.id]: "viewer" }, counted.env);
    await operator.page(list);
    counted.reset();
    await operator.page(list);
    const few = counted.d1.roundTrips;
    for (let i = 0; i < 27; i++) await create({ name: `Number ${i}.`, organizationIds: [acme.id] });
    counted.reset();
    const page = await operator.page(list);
    expect(counted.d1.roundTrips).toBe(few);
    expect(readable(page.text)).toContain("Number 23.");
    expect(readable(page.text)).not.toContain("Number 24.");
    const next = /href="([^"]*page_token=[^"]*)"/.exec(page.text)?.[1] ?? "";
    expect(readable((await operator.page(next)).text)).toMatch(/Number 24\..*Number 25\..*Number 26\./);
  });
});

describe("a new application", () => {
  test("T101: its secret is shown once and works; its page has what the app is told, and never the secret", async () => {
    const made = await kim.post(`${list}/new`, {
      client_name: "Reports",
      redirect_uris: `${CALLBACK}\nhttps://reports.example/cb?a=1,2`,
      post_logout_redirect_uris: "https://reports.example/",
      backchannel_logout_uri: "https://reports.example/logout",
      backchannel_logout_session_required: "on",
    });
    expect(made.status).toBe(200);
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(readable(made.text)).toContain("Copy the secret now. It is not stored and cannot be shown again.");
    const secret = SECRET.exec(made.text)?.[0] ?? "";
    const [client] = await all();
    if (!client) throw new Error("nothing was made");
    expect(isClientSecret(client, secret, Date.now())).toBe(true);
    expect(client).toMatchObject({
      name: "Reports",
      redirectUris: [CALLBACK, "https://reports.example/cb?a=1,2"],
      postLogoutRedirectUris: ["https://reports.example/"],
      backchannelLogoutUri: "https://reports.example/logout",
      backchannelLogoutSessionRequired: true,
      tokenEndpointAuthMethod: "client_secret_basic",
      grantTypes: ["authorization_code"],
      scope: "openid profile email",
      pkce: "required",
      subjectType: "public",
    });
    const page = await kim.page(`${list}/${client.id}`);
    for (const { text } of [made, page]) {
      for (const told of [origin, client.id, `${origin}/.well-known/openid-configuration`, CALLBACK]) {
        expect(text).toContain(`data-copy="${told}"`);
      }
      expect(readable(text)).toContain(
        `CLIENT_ID='${client.id}' CLIENT_SECRET="$CLIENT_SECRET" node examples/express-app/app.ts`,
      );
    }
    expect(page.text).not.toMatch(SECRET);
  });

  test("takes all advanced settings, organizations by label, domain and ID among them", async () => {
    const domain = `${project.slug}.example`;
    const acme = await createOrganization(project, { label: "Acme" });
    const globex = await createOrganization(project, { label: "Globex", domains: [domain] });
    const initech = await createOrganization(project, { label: "Initech" });
    const made = await kim.post(`${list}/new`, {
      client_name: "Keyed",
      token_endpoint_auth_method: "private_key_jwt",
      redirect_uris: CALLBACK,
      organization_ids: `acme\n${domain}\n${initech.id}`,
      scope_profile: null,
      scope_offline_access: "on",
      pkce: "optional",
      subject_type: "pairwise",
      id_token_signed_response_alg: "RS256",
      jwks: JSON.stringify({ keys: [JWK] }),
    });
    expect([made.status, SECRET.test(made.text)]).toEqual([200, false]);
    expect((await all())[0]).toMatchObject({
      tokenEndpointAuthMethod: "private_key_jwt",
      organizationIds: [acme.id, globex.id, initech.id],
      grantTypes: ["authorization_code", "refresh_token"],
      scope: "openid email offline_access",
      pkce: "optional",
      subjectType: "pairwise",
      idTokenSignedResponseAlg: "RS256",
      jwks: { keys: [JWK] },
      secrets: [],
    });
  });

  test.each<[string, Record<string, string>, string, string]>([
    ["no address", { redirect_uris: "" }, "redirect_uris", "at least one address"],
    [
      "a bad address among good ones",
      { redirect_uris: `${CALLBACK}\nhttp://a.example/` },
      "redirect_uris",
      "“http://a.example/”: Only",
    ],
    ["an unknown organization", { organization_ids: "Nobody" }, "organization_ids", "“Nobody”: No organization"],
    ["keys that are not JSON", { jwks: "-----BEGIN" }, "jwks", "Paste a JWK Set as JSON"],
    ["a key method without keys", { token_endpoint_auth_method: "private_key_jwt" }, "jwks", "needs either jwks or jwks_uri"],
    [
      "a private key",
      { token_endpoint_auth_method: "private_key_jwt", jwks: JSON.stringify({ ...JWK, d: "x" }) },
      "jwks",
      "private",
    ],
    ["optional PKCE without a secret", { token_endpoint_auth_method: "none", pkce: "optional" }, "pkce", "needs PKCE"],
    ["an insecure logout address", { backchannel_logout_uri: "ftp://a.example" }, "backchannel_logout_uri", ""],
  ])("%s is said at the field, and nothing typed is lost", async (_, fields, field, sentence) => {
    const typed = { client_name: "Typed & kept", redirect_uris: CALLBACK, ...fields };
    const { status, text } = await kim.post(`${list}/new`, typed);
    expect(status).toBe(422);
    expect(text).toMatch(new RegExp(`id="f-${field.replaceAll("_", "-")}"[^>]*aria-invalid="true"`));
    expect(readable(text)).toContain(sentence);
    const form = (await formsOf(text)).find((shown) => "client_name" in shown.fields);
    expect(form?.fields).toMatchObject(typed);
    expect(await all()).toEqual([]);
  });

  test("T104: another project's organization is none", async () => {
    const theirs = await createOrganization(await createProject(), { label: "Theirs" });
    for (const line of [theirs.id, "Theirs"]) {
      const sent = await kim.post(`${list}/new`, { client_name: "X", redirect_uris: CALLBACK, organization_ids: line });
      expect([line, sent.status]).toEqual([line, 422]);
    }
    expect(await all()).toEqual([]);
  });

  test("sent twice makes one; the second answer says so and shows no secret", async () => {
    const fields = { ...(await formOf(`${list}/new`)), client_name: "Once", redirect_uris: CALLBACK };
    const first = await kim.send(`${list}/new`, fields);
    const second = await kim.send(`${list}/new`, fields);
    expect([first.status, SECRET.test(first.text)]).toEqual([200, true]);
    expect([second.status, SECRET.test(second.text)]).toEqual([409, false]);
    expect(readable(second.text)).toContain("This application has been created already");
    expect(await all()).toHaveLength(1);
  });
});

describe("changing one", () => {
  test("keeps what the form does not show, and its organizations, a deleted one too", async () => {
    const acme = await createOrganization(project, { label: "Acme" });
    const gone = await createOrganization(project, { label: "Gone" });
    const { client } = await create({
      organizationIds: [acme.id, gone.id],
      metadata: { team: "x" },
      grantTypes: ["authorization_code"],
    });
    await services().organizations.delete(project.id, gone.id, systemContext);
    const saved = await kim.post(`${list}/${client.id}/edit`, { client_name: "Renamed" });
    expect([saved.status, saved.location]).toEqual([303, `/console${list}/${client.id}`]);
    const { name, revision, updatedAt, ...rest } = await stored(client.id);
    const { name: _, revision: before, updatedAt: __, ...same } = client;
    expect([name, revision, rest]).toEqual(["Renamed", before + 1, same]);
    expect(readable((await kim.page(saved.location ?? "")).text)).toContain("“Renamed” saved.");
  });

  test("an app that is to keep a secret from now on is shown it, once", async () => {
    const { client } = await create({ tokenEndpointAuthMethod: "none" });
    const saved = await kim.post(`${list}/${client.id}/edit`, { token_endpoint_auth_method: "client_secret_post" });
    const secret = SECRET.exec(saved.text)?.[0] ?? "";
    expect([saved.status, isClientSecret(await stored(client.id), secret, Date.now())]).toEqual([200, true]);
  });

  test("of two operators the second is told, and nothing they typed is lost", async () => {
    const { client } = await create();
    const fields = { ...(await formOf(`${list}/${client.id}/edit`)), client_name: "Second" };
    await kim.post(`${list}/${client.id}/edit`, { client_name: "First" });
    const sent = await kim.send(`${list}/${client.id}/edit`, fields);
    expect(sent.status).toBe(409);
    expect(readable(sent.text)).toContain("Somebody else has changed this since you opened it.");
    const form = (await formsOf(sent.text)).find((shown) => "client_name" in shown.fields);
    expect(form?.fields).toMatchObject({ client_name: "Second", revision: "1" });
    expect((await stored(client.id)).name).toBe("First");
  });
});

describe("its secret", () => {
  test("is rotated with an overlap that is stated, once for each form, and the overlap can be ended", async () => {
    const { client, secret = "" } = await create();
    const path = `${list}/${client.id}/rotate-secret`;
    const fields = { ...(await formOf(path)), action: "rotate", overlap: "24h" };
    const rotated = await kim.send(path, fields);
    const fresh = SECRET.exec(rotated.text)?.[0] ?? "";
    const after = await stored(client.id);
    const until = new Date(after.secrets[1]?.expiresAt ?? 0).toISOString();
    expect(rotated.status).toBe(200);
    expect(readable(rotated.text)).toContain(`accepted until ${until.slice(0, 10)} ${until.slice(11, 16)} UTC`);
    expect([secret, fresh].map((text) => isClientSecret(after, text, Date.now()))).toEqual([true, true]);

    const again = await kim.send(path, fields);
    expect([again.status, SECRET.test(again.text)]).toEqual([409, false]);
    expect(await stored(client.id)).toEqual(after);
    expect(readable((await kim.page(`${list}/${client.id}`)).text)).toContain("Secret before it accepted until");

    const ended = await kim.send(path, { csrf_token: kim.csrf, action: "end" });
    expect(ended.status).toBe(303);
    const last = await stored(client.id);
    expect([secret, fresh].map((text) => isClientSecret(last, text, Date.now()))).toEqual([false, true]);
  });

  test("that has leaked is refused at once, and an overlap that was not offered is not taken", async () => {
    const { client, secret = "" } = await create();
    const path = `${list}/${client.id}/rotate-secret`;
    expect((await kim.post(path, { action: "rotate", overlap: "9000h" })).status).toBe(422);
    const rotated = await kim.post(path, { action: "rotate", overlap: "0s" });
    expect(readable(rotated.text)).toContain("The secret before is not accepted any more.");
    expect(isClientSecret(await stored(client.id), secret, Date.now())).toBe(false);
  });

  test("there is none to rotate of an app without one", async () => {
    const { client } = await create({ tokenEndpointAuthMethod: "none" });
    expect((await kim.page(`${list}/${client.id}`)).text).not.toContain("rotate-secret");
    const page = await kim.page(`${list}/${client.id}/rotate-secret`);
    expect([page.status, page.location]).toEqual([303, `/console${list}/${client.id}`]);
  });
});

test("deleting one asks for its name", async () => {
  const { client } = await create();
  const path = `${list}/${client.id}/delete`;
  expect(readable((await kim.page(path)).text)).toMatch(/Delete “Reports”\?.*access token and refresh token that it holds ends/);
  const wrong = await kim.post(path, { confirmation: "reports" });
  expect([wrong.status, readable(wrong.text).includes("Nothing has been deleted.")]).toEqual([422, true]);
  const done = await kim.post(path, { confirmation: "Reports" });
  expect([done.status, done.location]).toEqual([303, `/console${list}`]);
  expect((await kim.page(`${list}/${client.id}`)).status).toBe(404);
});

describe("signing keys", () => {
  const path = (action: string) => `/projects/${project.id}/signing-keys/${action}`;
  const keys = async () => (await services().signingKeys.list(project.id)).map(({ key, state }) => [key.id, state] as const);

  test("are rotated once for each form: the next one is published and waits", async () => {
    await create();
    const before = await keys();
    const fields = await formOf(path("rotate"));
    const rotated = await kim.send(path("rotate"), fields);
    expect([rotated.status, rotated.location]).toEqual([303, `/console${list}`]);
    const after = await keys();
    expect(after.map(([, state]) => state)).toEqual(["active", "next"]);
    expect(after[0]).toEqual(before[0]);
    const again = await kim.send(path("rotate"), fields);
    expect([again.status, await keys()]).toEqual([409, after]);
    const soon = await kim.post(path("rotate"));
    expect([soon.status, readable(soon.text).includes("will sign soon")]).toEqual([409, true]);
    expect(readable((await kim.page(list)).text)).toMatch(/Signs soon/);
  });

  test("that may have leaked are replaced at once, when the project's name is typed", async () => {
    await create();
    const before = await keys();
    expect((await kim.post(path("revoke"), { confirmation: "northwind" })).status).toBe(422);
    expect(await keys()).toEqual(before);
    const fields = { ...(await formOf(path("revoke"))), confirmation: "Northwind" };
    expect((await kim.send(path("revoke"), fields)).status).toBe(303);
    const after = await keys();
    expect([after.length, after[0]?.[1], after[0]?.[0] === before[0]?.[0]]).toEqual([1, "active", false]);
    expect((await kim.send(path("revoke"), fields)).status).toBe(409);
    expect(await keys()).toEqual(after);
  });
});

describe("session token templates", () => {
  const path = (below: string) => `/projects/${project.id}/session-tokens/${below}`;
  const templates = () => services().sessionTokens.list(project.id);

  test("are made, shown with the line that asks for one, and deleted by name", async () => {
    const fields = {
      ...(await formOf(path("new"))),
      name: "edge",
      ttl: "5m",
      audience: "https://a.example",
      claim_org_id: "org",
    };
    expect((await kim.send(path("new"), fields)).status).toBe(303);
    const made = await templates();
    expect(made).toMatchObject([
      {
        name: "edge",
        ttl: 300,
        alg: "ES256",
        audience: ["https://a.example"],
        claims: { email: "email", name: "name", org: "org_id" },
      },
    ]);
    expect((await kim.send(path("new"), fields)).status).toBe(303);
    expect(await templates()).toEqual(made);
    expect(readable((await kim.page(list)).text)).toContain(`${origin}/sessions/whoami?tokenize_as=edge`);

    const taken = await kim.send(path("new"), { ...fields, ttl: "9m" });
    expect([taken.status, readable(taken.text).includes("There is a template of this name.")]).toEqual([422, true]);
    expect(await templates()).toEqual(made);

    expect((await kim.post(path("edge/delete"), { confirmation: "Edge" })).status).toBe(422);
    expect((await kim.post(path("edge/delete"), { confirmation: "edge" })).status).toBe(303);
    expect(await templates()).toEqual([]);
  });

  test("T118: an app's client ID is no audience, and a reserved claim is said at the claims", async () => {
    const { client } = await create();
    const audience = await kim.post(path("new"), { name: "edge", audience: client.id });
    expect([audience.status, readable(audience.text).includes(`“${client.id}”: This is an app's client_id.`)]).toEqual([
      422,
      true,
    ]);
    const claim = await kim.post(path("new"), { name: "edge", claim_email: "iss" });
    expect([claim.status, claim.text.includes('id="f-claims"')]).toEqual([422, true]);
    expect(await templates()).toEqual([]);
  });
});

describe("who may", () => {
  test("a viewer sees everything and is offered nothing", async () => {
    const { client } = await create();
    await services().sessionTokens.put(project.id, "edge", {}, systemContext);
    const viewer = await operatorAt({ [project.id]: "viewer" });
    for (const path of [list, `${list}/${client.id}`]) {
      const { status, text } = await viewer.page(path);
      expect(status).toBe(200);
      const main = text.slice(text.indexOf("<main"));
      expect(main).not.toMatch(/<form|\/(?:new|edit|rotate|rotate-secret|delete)"/);
    }
    for (const below of ["/new", `/${client.id}/edit`, `/${client.id}/rotate-secret`, `/${client.id}/delete`]) {
      const sent = await viewer.send(`${list}${below}`, { csrf_token: viewer.csrf, confirmation: "Reports" });
      expect([below, sent.status]).toEqual([below, 403]);
    }
  });

  test("an editor changes apps, and does not rotate the project's keys", async () => {
    const { client } = await create();
    const editor = await operatorAt({ [project.id]: "editor" });
    expect((await editor.page(list)).text).not.toContain("/signing-keys/rotate");
    const sent = await editor.send(`/projects/${project.id}/signing-keys/rotate`, { csrf_token: editor.csrf });
    expect([sent.status, (await editor.post(`${list}/${client.id}/edit`, { client_name: "Mine" })).status]).toEqual([403, 303]);
  });

  test("who signed in long ago signs in again before a secret is shown or something ends", async () => {
    const { client } = await create();
    await kim.signedInAgo(20 * 60_000);
    const keys = `/projects/${project.id}/signing-keys`;
    const guarded = [`${list}/new`, ...["edit", "rotate-secret", "delete"].map((below) => `${list}/${client.id}/${below}`)];
    for (const path of [...guarded, `${keys}/rotate`, `${keys}/revoke`]) {
      const { status, location = "" } = await kim.page(path);
      expect([path, status, location.startsWith("/console/login?")]).toEqual([path, 303, true]);
    }
    expect((await kim.page(`${list}/${client.id}`)).status).toBe(200);
  });

  test("T80: a form without this session's token is refused", async () => {
    const sent = await kim.send(`${list}/new`, { csrf_token: "forged", client_name: "Forged", redirect_uris: CALLBACK });
    expect([sent.status, await all()]).toEqual([403, []]);
  });

  test("T104: of another project's app nothing is known", async () => {
    const { client } = await create();
    const stranger = await createProject();
    const other = await operatorAt({ [stranger.id]: "owner" });
    const theirs = `/projects/${stranger.id}/applications/${client.id}`;
    for (const path of [theirs, `${theirs}/edit`, `${theirs}/rotate-secret`, `${theirs}/delete`, list]) {
      expect([path, (await other.page(path)).status]).toEqual([path, 404]);
    }
    const sent = await other.send(`${theirs}/delete`, { csrf_token: other.csrf, confirmation: "Reports" });
    expect([sent.status, (await all()).length]).toEqual([404, 1]);
  });
});
