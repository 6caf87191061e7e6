// Organizations at the console, as an operator's browser sees them.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/crypto/random.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { countRows, putOrganization, putIdentity as putPerson } from "../support/rows.ts";
import {
  createConnection,
  createOrganization,
  createProject,
  putIdentity,
  putSession,
  services,
  systemContext,
} from "../support/seed.ts";

let project: Project;
let editor: OperatorClient;
let viewer: OperatorClient;
const at = (rest = "") => `/projects/${project.id}/organizations${rest}`;

beforeAll(async () => {
  project = await createProject({ name: "Demo" });
  editor = await operatorAt({ [project.id]: "editor" });
  viewer = await operatorAt({ [project.id]: "viewer" });
});

describe("a new organization", () => {
  test("is made from a name and domains, one per line, and its page says what comes next", async () => {
    const done = await editor.post(at("/new"), {
      label: " Blue  ",
      domains: "blue.example\r\n Blue.CO.UK \n",
      session_lifespan: "12h",
    });
    expect(done.status).toBe(303);
    expect(done.location).toMatch(new RegExp(`^/console${at("/[0-9a-f-]{36}")}$`));
    const page = await editor.page(done.location ?? "");
    expect(readable(page.text)).toContain("Organization “Blue” created. Next: add the connection");
    expect(readable(page.text)).toContain("Nobody can yet: addresses under its 2 domains belong to this organization");
    expect(page.text).toContain(`/connections/new?organization_id=${done.location?.split("/").at(-1)}`);
    expect(readable((await editor.page(done.location ?? "")).text)).not.toContain("created. Next");
    const stored = await services().organizations.list(project.id, { after: undefined, limit: 10, domain: "blue.co.uk" });
    expect(stored.items).toMatchObject([{ label: "Blue", domains: ["blue.example", "blue.co.uk"], sessionLifespan: "12h" }]);
  });

  test("T50: tells each refused domain at its value, and loses nothing that was typed", async () => {
    const typed = { label: "Mixed", domains: "fine.example\ngmail.com\n@at.example\nco.uk", session_lifespan: "1d" };
    const refused = await editor.post(at("/new"), typed);
    expect(refused.status).toBe(422);
    const text = readable(refused.text);
    for (const domain of ["gmail.com", "@at.example", "co.uk"]) expect(text).toContain(`“${domain}”: `);
    expect(text).not.toContain("“fine.example”: ");
    expect(text).toContain("Write a whole number and a unit");
    expect(refused.text).toContain(">fine.example\ngmail.com\n@at.example\nco.uk</textarea>");
    expect(refused.text).toContain('value="Mixed"');
    expect(refused.text).toMatch(/<textarea[^>]*aria-invalid="true"/);
  });

  test("T47: a domain of another organization is told by its name, not its owner's", async () => {
    await createOrganization(project, { label: "Secret Owner", domains: ["owned.example"] });
    const refused = await editor.post(at("/new"), { label: "Other", domains: "OWNED.example" });
    expect(refused.status).toBe(409);
    expect(readable(refused.text)).toContain("“OWNED.example”: The domain owned.example belongs to another organization");
    expect(refused.text).not.toContain("Secret Owner");
  });

  test("is made once when the form is sent twice", async () => {
    const fields = { csrf_token: editor.csrf, id: newId(Date.now()), label: "Twice", domains: "twice.example" };
    const answers = await Promise.all([editor.send(at("/new"), fields), editor.send(at("/new"), fields)]);
    const again = await editor.send(at("/new"), fields);
    expect([...answers, again].map(({ status, location }) => [status, location])).toEqual(
      Array(3).fill([303, `/console${at(`/${fields.id}`)}`]),
    );
    const found = await services().organizations.search(project.id, {
      ...everything,
      text: { label: "Twice", domain: undefined },
    });
    expect(found.items).toHaveLength(1);
  });

  test("takes no id that could not be ours", async () => {
    const done = await editor.post(at("/new"), { id: "../../x", label: "Own id" });
    expect(done.status).toBe(303);
    expect(done.location).toMatch(/[0-9a-f-]{36}$/);
  });

  test("T80: is not made by a form without this session's token; T105: nor by a viewer", async () => {
    const before = await countRows("organizations");
    expect((await editor.send(at("/new"), { label: "Forged" })).status).toBe(403);
    expect((await viewer.send(at("/new"), { csrf_token: viewer.csrf, label: "Forged" })).status).toBe(403);
    expect((await viewer.page(at("/new"))).status).toBe(403);
    expect(await countRows("organizations")).toBe(before);
  });
});

const everything = { text: undefined, state: undefined, after: undefined, limit: 100 } as const;

describe("the list", () => {
  let crowd: Project;
  let kim: OperatorClient;
  const counted = countingEnv(env);
  const list = (query = "") => `/projects/${crowd.id}/organizations${query}`;
  /** Names in the first column. */
  const names = (text: string) => [...text.matchAll(/<th scope="row"><a href="[^"]*">([^<]*)<\/a>/g)].map((match) => match[1]);

  beforeAll(async () => {
    crowd = await createProject();
    kim = await operatorAt({ [crowd.id]: "viewer" }, counted.env);
  });

  test("without any organization it says what one is, and viewers get no button", async () => {
    const { text } = await kim.page(list());
    expect(readable(text)).toContain("No organization yet");
    expect(text).not.toContain(`${list("/new")}`);
    expect((await (await operatorAt({ [crowd.id]: "editor" })).page(list())).text).toContain(list("/new"));
  });

  test("is in the order of the labels, paged, and each is on one page", async () => {
    const labels = Array.from({ length: 60 }, (_, i) => `${i % 2 ? "org" : "Org"} ${String(i % 30).padStart(2, "0")}`);
    for (const [i, label] of labels.entries()) await putOrganization(crowd.id, [`d${i}.list.example`], { label });
    counted.reset();
    const first = await kim.page(list());
    const roundTrips = counted.d1.roundTrips;
    const seen = names(first.text);
    expect(seen).toHaveLength(25);
    let next = nextOf(first.text);
    while (next) {
      counted.reset();
      const { text } = await kim.page(next);
      expect(counted.d1.roundTrips).toBe(roundTrips);
      seen.push(...names(text));
      next = nextOf(text);
    }
    expect(seen).toHaveLength(60);
    const folded = seen.map((name) => name?.toLowerCase());
    expect(folded).toEqual([...folded].sort());
    expect(new Set(seen)).toEqual(new Set(labels));
  });

  const nextOf = (text: string) => /href="([^"]*page_token=[^"]*)"[^>]*>Next page/.exec(text)?.[1]?.replaceAll("&amp;", "&");

  test("finds the beginning of a label, of a domain, and the domain of an address, in as many round trips", async () => {
    const small = await createProject();
    await putOrganization(small.id, ["zeta.example"], { label: "Alpha 100%" });
    await putOrganization(small.id, ["alpine.example", "b.example"], { label: "Beta", state: "disabled" });
    await putOrganization(small.id, ["c.example"], { label: "Gamma_Alp" });
    await putOrganization(small.id, ["xn--bcher-kva.example"], { label: "Books" });
    const lee = await operatorAt({ [small.id]: "viewer" }, counted.env);
    const search = async (query: string) => names((await lee.page(`/projects/${small.id}/organizations?${query}`)).text);
    counted.reset();
    expect(await search("")).toEqual(["Alpha 100%", "Beta", "Books", "Gamma_Alp"]);
    const roundTrips = counted.d1.roundTrips;
    counted.reset();
    expect(await search("search=alp")).toEqual(["Alpha 100%", "Beta"]);
    expect(counted.d1.roundTrips).toBe(roundTrips);
    expect(await search("search=ALPINE.EX")).toEqual(["Beta"]);
    expect(await search(`search=${encodeURIComponent("ada@c.example")}`)).toEqual(["Gamma_Alp"]);
    expect(await search(`search=${encodeURIComponent("bücher.example")}`)).toEqual(["Books"]);
    expect(await search("state=disabled")).toEqual(["Beta"]);
    expect(await search("search=alp&state=enabled")).toEqual(["Alpha 100%"]);
    expect(await search(`search=${encodeURIComponent("alpha 100%")}`)).toEqual(["Alpha 100%"]);
    for (const literal of ["%", "_", "'", '"', "*"]) expect(await search(`search=${encodeURIComponent(literal)}`)).toEqual([]);
    const none = await lee.page(`/projects/${small.id}/organizations?search=nothing`);
    expect(readable(none.text)).toContain("No organization has a name or a domain that begins like this.");
    expect(none.text).toContain('value="nothing"');
  });

  test("a search that pages keeps its filters, and shows who is found by label and by domain once", async () => {
    const many = await createProject();
    for (let i = 0; i < 30; i += 1) {
      await putOrganization(many.id, [`acme${i}.example`], { label: `${i % 2 ? "Acme" : "Zed"} ${String(i).padStart(2, "0")}` });
    }
    const lee = await operatorAt({ [many.id]: "viewer" });
    const first = await lee.page(`/projects/${many.id}/organizations?search=acme`);
    const next = nextOf(first.text) ?? "";
    expect(next).toContain("search=acme");
    const seen = [...names(first.text), ...names((await lee.page(next)).text)];
    expect(seen).toHaveLength(30);
    expect(new Set(seen).size).toBe(30);
    expect(seen.slice(0, 15).every((name) => name?.startsWith("Acme"))).toBe(true);
  });

  test("T104: a page token of another project's list is refused", async () => {
    const token = /page_token=([^"&]+)/.exec(nextOf((await kim.page(list())).text) ?? "")?.[1];
    expect((await editor.page(at(`?page_token=${token}`))).status).toBe(422);
    expect((await editor.page(at("?page_token=garbage"))).status).toBe(422);
  });
});

describe("one organization", () => {
  test("says how its people sign in, as routing decides it", async () => {
    const acme = await createOrganization(project, { label: "Acme", domains: ["acme.example"] });
    const page = async () => readable((await viewer.page(at(`/${acme.id}`))).text);
    expect(await page()).toContain("Nobody can yet: addresses under acme.example belong to this organization");
    const okta = await createConnection(project, { organizationId: acme.id, label: "Okta" });
    expect(await page()).toContain("Whoever has an address under acme.example is sent to “Okta”.");
    await createConnection(project, { organizationId: acme.id, label: "Entra" });
    expect(await page()).toContain("chooses between “Okta” and “Entra”");
    const { connections, organizations } = services();
    for (const { id } of (await connections.list(project.id, { after: undefined, limit: 9, organizationId: acme.id })).items) {
      await connections.update(project.id, id, { state: "disabled" }, undefined, systemContext);
    }
    expect(await page()).toContain("all of its connections are disabled");
    await organizations.update(project.id, acme.id, { state: "disabled" }, undefined, systemContext);
    expect(await page()).toContain("the organization is disabled");
    await organizations.update(project.id, acme.id, { state: "enabled", domains: [] }, undefined, systemContext);
    expect(await page()).toContain("it has no e-mail domain");
    expect(okta.organizationId).toBe(acme.id);
  });

  test("hands over what the customer's IT needs, each value to copy and all of it as one text", async () => {
    const acme = await createOrganization(project, { label: "Handed <Over>", domains: ["handed.example"] });
    const none = readable((await viewer.page(at(`/${acme.id}`))).text);
    expect(none).toContain("Known as soon as you begin to add a connection");
    expect(none).toContain("- Redirect URI: we will send it to you");
    const secret = await createConnection(project, { organizationId: acme.id, label: "Okta", scope: ["openid", "email"] });
    const keys = await createConnection(project, {
      organizationId: acme.id,
      label: "Keys",
      tokenEndpointAuthMethod: "private_key_jwt",
      clientSecret: null,
    });
    const { text } = await viewer.page(at(`/${acme.id}`));
    const doors = `http://${project.slug}.localhost:8787`;
    for (const value of [
      secret.redirectUri,
      keys.redirectUri,
      `${doors}/sso/connections/${keys.id}/jwks.json`,
      `${doors}/sso/start?organization=${acme.id}`,
      "openid email",
    ]) {
      expect(text).toContain(`data-copy="${value}"`);
    }
    const all = /<pre class="hand-over"[^>]*>([\s\S]*?)<\/pre>/.exec(text)?.[1] ?? "";
    expect(all).toContain("Single sign-on to Demo for Handed &lt;Over&gt;");
    expect(all).toContain(`- Redirect URI (Okta): ${secret.redirectUri}`);
    expect(all).toContain("- the client secret, by a safe way");
    expect(text).not.toContain("client-secret-of-the-seed");
  });

  test("shows its connections, members and events to viewers, without any button that changes", async () => {
    const acme = await createOrganization(project, { label: "Parts", domains: ["parts.example"] });
    const okta = await createConnection(project, { organizationId: acme.id, label: "Parts' Okta" });
    await putIdentity(project.id, { email: "ada@parts.example", organizationId: acme.id });
    expect(readable((await viewer.page(at(`/${acme.id}/connections`))).text)).toContain("Parts' Okta");
    expect((await viewer.page(at(`/${acme.id}/connections`))).text).toContain(`/connections/${okta.id}`);
    expect((await viewer.page(at(`/${acme.id}/members`))).text).toContain("ada@parts.example");
    expect((await viewer.page(at(`/${acme.id}/events`))).text).toContain("organization.created");
    for (const tab of ["", "/connections", "/members", "/sessions", "/events"]) {
      const { status, text } = await viewer.page(at(`/${acme.id}${tab}`));
      expect(status).toBe(200);
      expect(text).not.toMatch(/<main[\s\S]*<form method="post"/);
      expect(text).not.toContain(`${acme.id}/edit"`);
      expect(text.match(/<h1>/g)).toHaveLength(1);
      expect(text).toMatch(/class="tabs"[\s\S]*aria-current="page"/);
    }
  });

  test("members are paged in a constant number of round trips", async () => {
    const acme = await putOrganization(project.id, ["many.example"], { label: "Many" });
    const counted = countingEnv(env);
    const kim = await operatorAt({ [project.id]: "viewer" }, counted.env);
    await kim.page(at());
    counted.reset();
    await kim.page(at(`/${acme.id}/members`));
    const roundTrips = counted.d1.roundTrips;
    for (let i = 0; i < 30; i += 1) await putPerson(project.id, `p${i}@many.example`, { organizationId: acme.id });
    counted.reset();
    const { text } = await kim.page(at(`/${acme.id}/members`));
    expect(counted.d1.roundTrips).toBe(roundTrips);
    expect(text.match(/@many\.example<\/a>/g)).toHaveLength(25);
    expect(text).toContain("Next page");
  });
});

describe("changing an organization", () => {
  test("saves name, domains, lifespan and state, and a conflict shows what was typed", async () => {
    const acme = await createOrganization(project, { label: "Before", domains: ["before.example"] });
    const form = { csrf_token: editor.csrf, revision: "1", label: "Typed", domains: "typed.example", state: "enabled" };
    await services().organizations.update(project.id, acme.id, { label: "Meanwhile" }, undefined, systemContext);
    const conflict = await editor.send(at(`/${acme.id}/edit`), form);
    expect(conflict.status).toBe(409);
    expect(readable(conflict.text)).toContain("Somebody else has changed this since you opened it.");
    expect(conflict.text).toContain('value="Typed"');
    expect(conflict.text).toContain(">typed.example</textarea>");
    expect(conflict.text).toContain('name="revision" value="1"');
    expect(await services().organizations.get(project.id, acme.id)).toMatchObject({ label: "Meanwhile", revision: 2 });

    const saved = await editor.post(at(`/${acme.id}/edit`), {
      domains: "after.example",
      session_lifespan: "2h",
      state: "disabled",
    });
    expect(saved).toMatchObject({ status: 303, location: `/console${at(`/${acme.id}`)}` });
    expect(await services().organizations.get(project.id, acme.id)).toMatchObject({
      label: "Meanwhile",
      domains: ["after.example"],
      sessionLifespan: "2h",
      state: "disabled",
    });
    expect((await viewer.page(at(`/${acme.id}/edit`))).status).toBe(403);
  });
});

describe("sessions of an organization", () => {
  const session = async (organizationId: string, email: string) => {
    const identity = await putIdentity(project.id, { email, organizationId });
    await putSession(project.id, identity);
    return identity;
  };
  const held = async (identity: string) =>
    (await services().sessions.list(project.id, { identityId: identity, after: undefined, limit: 9 })).items.length;

  test("are listed by member, and one is ended without touching the others", async () => {
    const acme = await createOrganization(project, { label: "Signed in", domains: ["signed.example"] });
    const other = await createOrganization(project, { label: "Elsewhere", domains: ["elsewhere.example"] });
    const ada = await session(acme.id, "ada@signed.example");
    const bob = await session(acme.id, "bob@signed.example");
    const eve = await session(other.id, "eve@elsewhere.example");
    const path = at(`/${acme.id}/sessions`);
    const { text } = await editor.page(path);
    expect(text.match(/@signed\.example<\/a>/g)).toHaveLength(2);
    expect(text).not.toContain("eve@elsewhere.example");
    const ended = await editor.post(path, { intent: "end_session" });
    expect(ended).toMatchObject({ status: 303, location: `/console${path}` });
    expect([await held(ada), await held(bob), await held(eve)]).toEqual([0, 1, 1]);

    const foreign = (await services().sessions.list(project.id, { identityId: eve, after: undefined, limit: 1 })).items[0];
    const answer = await editor.send(path, { csrf_token: editor.csrf, session_id: foreign?.session.id ?? "" });
    expect(answer.status).toBe(404);
    expect(await held(eve)).toBe(1);
  });

  test("page on, each once, in a constant number of round trips", async () => {
    const acme = await putOrganization(project.id, ["pages.example"], { label: "Pages" });
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, i) => putIdentity(project.id, { email: `p${i}@pages.example`, organizationId: acme.id })),
    );
    for (const person of people) for (let i = 0; i < 2; i += 1) await putSession(project.id, person);
    const counted = countingEnv(env);
    const kim = await operatorAt({ [project.id]: "editor" }, counted.env);
    await kim.page(at());
    const seen: string[] = [];
    const trips = new Set<number>();
    let next: string | undefined = at(`/${acme.id}/sessions`);
    while (next) {
      counted.reset();
      const { text } = await kim.page(next);
      trips.add(counted.d1.roundTrips);
      seen.push(...[...text.matchAll(/name="session_id" value="([^"]+)"/g)].map((match) => match[1] ?? ""));
      next = /href="([^"]*page_token=[^"]*)"[^>]*>Next page/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen).toHaveLength(40);
    expect(new Set(seen).size).toBe(40);
    expect(trips.size).toBe(1);
  });

  test("all end at once after a question, with one audit event, for an operator who signed in a short time ago", async () => {
    const acme = await createOrganization(project, { label: "All out", domains: ["out.example"] });
    const ada = await session(acme.id, "ada@out.example");
    const bob = await session(acme.id, "bob@out.example");
    const stranger = await session((await createOrganization(project, {})).id, "eve@stranger.example");
    const path = at(`/${acme.id}/sessions/revoke`);
    const lee = await operatorAt({ [project.id]: "editor" });
    expect(readable((await lee.page(path)).text)).toContain("2 sessions now");
    await lee.signedInAgo(16 * 60_000);
    const stale = await lee.page(path);
    expect(stale.status).toBe(303);
    expect(stale.location).toContain("/console/login?return_to=");
    expect([await held(ada), await held(bob)]).toEqual([1, 1]);
    const done = await editor.post(path);
    expect(done).toMatchObject({ status: 303, location: `/console${at(`/${acme.id}/sessions`)}` });
    expect([await held(ada), await held(bob), await held(stranger)]).toEqual([0, 0, 1]);
    expect((await editor.post(path)).status).toBe(303);
    const { items } = await services().events.list(project.id, { after: undefined, limit: 50, organizationId: acme.id });
    expect(items.filter((event) => event.type === "session.revoked")).toMatchObject([
      { actorType: "operator", actorId: editor.identityId, details: { scope: "organization" } },
    ]);
  });
});

describe("deleting an organization", () => {
  test("says what ends and what stays, asks for the name, and does it", async () => {
    const acme = await createOrganization(project, { label: "Going", domains: ["going.example", "gone.example"] });
    await createConnection(project, { organizationId: acme.id });
    const ada = await putIdentity(project.id, { email: "ada@going.example", organizationId: acme.id });
    await putSession(project.id, ada);
    const path = at(`/${acme.id}/delete`);
    const asked = readable((await editor.page(path)).text);
    expect(asked).toContain("Deletes 1 connection and 2 e-mail domains (going.example, gone.example).");
    expect(asked).toContain("Ends 1 session of its members at once.");
    expect(asked).toContain("Keeps 1 identity in the project");
    const wrong = await editor.post(path, { confirmation: "going" });
    expect(wrong.status).toBe(422);
    expect(readable(wrong.text)).toContain("Nothing has been deleted.");
    expect((await services().organizations.get(project.id, acme.id)).label).toBe("Going");
    const done = await editor.post(path, { confirmation: "Going" });
    expect(done).toMatchObject({ status: 303, location: `/console${at()}` });
    expect((await editor.page(at(`/${acme.id}`))).status).toBe(404);
    expect((await services().identities.get(project.id, ada)).identity.organizationId).toBeNull();
  });

  test("needs a recent sign-in", async () => {
    const acme = await createOrganization(project, { label: "Kept" });
    const lee = await operatorAt({ [project.id]: "owner" });
    await lee.signedInAgo(31 * 60_000);
    const answer = await lee.send(at(`/${acme.id}/delete`), { csrf_token: lee.csrf, confirmation: "Kept" });
    expect(answer.status).toBe(303);
    expect(answer.location).toContain("refresh=true");
    expect((await services().organizations.get(project.id, acme.id)).label).toBe("Kept");
  });
});
