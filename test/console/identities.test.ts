// The people of a project at the console, as an operator's browser sees them.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/crypto/random.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { putIdentity as putPerson } from "../support/rows.ts";
import {
  consoleProject,
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
const at = (rest = "") => `/projects/${project.id}/identities${rest}`;
const nextOf = (text: string) => /href="([^"]*page_token=[^"]*)"[^>]*>Next page/.exec(text)?.[1]?.replaceAll("&amp;", "&");
/** Addresses in the first column. */
const addresses = (text: string) => [...text.matchAll(/<th scope="row"><a href="[^"]*">([^<]*)<\/a>/g)].map((match) => match[1]);

beforeAll(async () => {
  project = await createProject({ name: "Demo" });
  editor = await operatorAt({ [project.id]: "editor" });
  viewer = await operatorAt({ [project.id]: "viewer" });
});

describe("the list", () => {
  test("shows the newest first, page by page, with the names of organizations, in a constant number of round trips", async () => {
    const crowd = await createProject();
    const counted = countingEnv(env);
    const kim = await operatorAt({ [crowd.id]: "viewer" }, counted.env);
    const list = `/projects/${crowd.id}/identities`;
    expect(readable((await kim.page(list)).text)).toContain("Nobody yet");
    counted.reset();
    await kim.page(list);
    const roundTrips = counted.d1.roundTrips;
    const organization = await createOrganization(crowd, { label: "Acme Inc", domains: ["acme.example"] });
    const made: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      const email = `p${String(i).padStart(2, "0")}@acme.example`;
      await putPerson(crowd.id, email, { id: newId(Date.now() + i), organizationId: organization.id });
      made.unshift(email);
    }
    const seen: (string | undefined)[] = [];
    let next: string | undefined = list;
    while (next) {
      counted.reset();
      const { text } = await kim.page(next);
      expect(counted.d1.roundTrips).toBe(roundTrips);
      expect(readable(text)).toContain("Acme Inc");
      seen.push(...addresses(text));
      next = nextOf(text);
    }
    expect(seen).toEqual(made);
  });

  test("finds the beginning of an address in any spelling, and an exact id, in as many round trips", async () => {
    const crowd = await createProject();
    for (let i = 0; i < 30; i += 1) await putPerson(crowd.id, `ada${String(i).padStart(2, "0")}@x.example`);
    const bob = await putPerson(crowd.id, "bob_%@x.example");
    await putPerson(crowd.id, null);
    const counted = countingEnv(env);
    const kim = await operatorAt({ [crowd.id]: "viewer" }, counted.env);
    const search = async (text: string) => await kim.page(`/projects/${crowd.id}/identities?search=${encodeURIComponent(text)}`);
    await kim.page(at());
    counted.reset();
    const first = await search(" ADA ");
    const roundTrips = counted.d1.roundTrips;
    expect(addresses(first.text)).toHaveLength(25);
    const second = await kim.page(nextOf(first.text) ?? "");
    expect(addresses(second.text)).toEqual(["ada25", "ada26", "ada27", "ada28", "ada29"].map((name) => `${name}@x.example`));
    expect(nextOf(second.text)).toBeUndefined();
    counted.reset();
    expect(addresses((await search(bob.id)).text)).toEqual(["bob_%@x.example"]);
    expect(counted.d1.roundTrips).toBe(roundTrips);
    expect(addresses((await search("Ada07@X.example")).text)).toEqual(["ada07@x.example"]);
    expect(addresses((await search("bob_%")).text)).toEqual(["bob_%@x.example"]);
    for (const literal of ["%", "_", "'", "\u0000", "b%"]) expect(addresses((await search(literal)).text)).toEqual([]);
    expect(readable((await search("zzz")).text)).toContain("Nobody is found by this.");
    expect((await search("zzz")).text).toContain('value="zzz"');
  });

  test("shows one organization's people, and nobody for one of another project", async () => {
    const acme = await createOrganization(project, { label: "Listed", domains: ["listed.example"] });
    await putIdentity(project.id, { email: "ada@listed.example", organizationId: acme.id });
    await putIdentity(project.id, { email: "eve@other.example" });
    const { text } = await viewer.page(at(`?organization_id=${acme.id}`));
    expect(readable(text)).toContain("Members of Listed.");
    expect(addresses(text)).toEqual(["ada@listed.example"]);
    const foreign = await createOrganization(await createProject(), { label: "Foreign", domains: ["foreign.example"] });
    const nothing = await viewer.page(at(`?organization_id=${foreign.id}`));
    expect(addresses(nothing.text)).toEqual([]);
    expect(nothing.text).not.toContain("Foreign");
  });
});

describe("a new identity", () => {
  test("is made from an address and a name, once when the form is sent twice", async () => {
    const fields = { csrf_token: editor.csrf, id: newId(Date.now()), email: "Grace@Hopper.example", name: "Grace" };
    const answers = await Promise.all([editor.send(at("/new"), fields), editor.send(at("/new"), fields)]);
    const location = `/console${at(`/${fields.id}`)}`;
    for (const answer of [...answers, await editor.send(at("/new"), fields)])
      expect(answer).toMatchObject({ status: 303, location });
    const { identity, credentials } = await services().identities.get(project.id, fields.id);
    expect(identity).toMatchObject({ email: "grace@hopper.example", emailVerified: false, organizationId: null });
    expect(credentials).toEqual({ password: null, oidc: [] });
    const page = readable((await editor.page(location)).text);
    expect(page).toContain("Grace");
    expect(page).toContain("Not verified");
  });

  test("T54: becomes a member when the address is under an organization's domain", async () => {
    const acme = await createOrganization(project, { domains: ["members.example"], state: "disabled" });
    const done = await editor.post(at("/new"), { email: "new@members.example" });
    const { identity } = await services().identities.get(project.id, done.location?.split("/").at(-1) ?? "");
    expect(identity.organizationId).toBe(acme.id);
  });

  const refused: [what: string, fields: Record<string, string>, sentence: string][] = [
    ["no address", { email: "", name: "Kept" }, "Enter an e-mail address."],
    ["what is no address", { email: "nobody", name: "Kept" }, "An e-mail address has an @"],
    ["an address that is taken", { email: "TAKEN@x.example", name: "Kept" }, "Another identity of the project has this"],
    ["a name with marks that reorder text", { email: "a@x.example", name: "Kept\u202e" }, "Control characters are not allowed."],
  ];
  test.each(refused)("refuses %s at its field and keeps what was typed", async (_, fields, sentence) => {
    await services()
      .identities.create(project.id, { ...draft, traits: { email: "taken@x.example" } }, systemContext)
      .catch(() => 0);
    const answer = await editor.post(at("/new"), fields);
    expect([409, 422]).toContain(answer.status);
    expect(readable(answer.text)).toContain(sentence);
    expect(answer.text).toMatch(/<input[^>]*aria-invalid="true"/);
    expect(answer.text).toContain("Kept");
  });

  const draft = {
    schemaId: "default",
    state: "active",
    metadataPublic: null,
    metadataAdmin: null,
    organizationId: null,
  } as const;

  test("T105: is not for viewers", async () => {
    expect((await viewer.page(at("/new"))).status).toBe(403);
    expect((await viewer.page(at())).text).not.toContain(at("/new"));
  });
});

describe("one identity", () => {
  test("shows traits, organization, credentials, sessions and events, and how the person signs in now", async () => {
    const acme = await createOrganization(project, { label: "Detailed", domains: ["detail.example"] });
    const okta = await createConnection(project, { organizationId: acme.id, label: "Okta D" });
    const ada = await putPerson(project.id, "ada@detail.example", {
      organizationId: acme.id,
      traits: { email: "ada@detail.example", name: "Ada <b>", department: "Engines" },
    });
    await putSession(project.id, ada.id, okta);
    await env.DB.prepare("INSERT INTO oidc_credentials VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(project.id, acme.id, "https://idp.detail.example", "subject-1", acme.id, ada.id, Date.now())
      .run();
    const { text } = await viewer.page(at(`/${ada.id}`));
    const read = readable(text);
    for (const shown of ["Ada <b>", "Engines", "Detailed", "https://idp.detail.example", "subject-1", "Single sign-on"]) {
      expect(read).toContain(shown);
    }
    expect(read).toContain("Through “Okta D”, the single sign-on of Detailed. No other way is open for this address.");
    expect(text).not.toContain("<b>");
    expect(text).not.toMatch(/<main[\s\S]*<form method="post"/);
  });

  test("an ordinary person signs in with a password, or not at all, and it says so", async () => {
    const person = await services().identities.create(
      project.id,
      {
        schemaId: "default",
        state: "active",
        traits: { email: "local@person.example" },
        metadataPublic: null,
        metadataAdmin: null,
        organizationId: null,
        password: { text: "violet harbour ladder 42" },
      },
      systemContext,
    );
    const page = async () => (await editor.page(at(`/${person.id}`))).text;
    expect(readable(await page())).toContain("With the password.");
    expect(await page()).not.toContain("$scrypt");
    await editor.post(at(`/${person.id}`), { intent: "deactivate" }, { form: "csrf_token" });
    expect(readable(await page())).toContain("Not at all: this person is deactivated.");
  });

  test("deactivating ends the sessions, activating opens the door again, each with its audit event", async () => {
    const kim = await putIdentity(project.id, { email: "kim@switch.example" });
    const token = await putSession(project.id, kim);
    const path = at(`/${kim}`);
    const off = await editor.send(path, { csrf_token: editor.csrf, intent: "deactivate" });
    expect(off).toMatchObject({ status: 303, location: `/console${path}` });
    expect(readable((await editor.page(path)).text)).toContain("Deactivated: signed out everywhere");
    expect((await services().sessions.authenticate(project.id, token)).ok).toBe(false);
    await editor.send(path, { csrf_token: editor.csrf, intent: "activate" });
    expect((await services().identities.get(project.id, kim)).identity.state).toBe("active");
    const { items } = await services().events.list(project.id, { after: undefined, limit: 20, identityId: kim });
    expect(items.map((event) => [event.type, event.actorId])).toEqual(Array(2).fill(["identity.updated", editor.identityId]));
  });

  test("one session, or all, end at a click; another person's session is not this person's", async () => {
    const kim = await putIdentity(project.id, { email: "kim@sessions.example" });
    const lee = await putIdentity(project.id, { email: "lee@sessions.example" });
    for (let i = 0; i < 3; i += 1) await putSession(project.id, kim);
    await putSession(project.id, lee);
    const held = async (id: string) =>
      (await services().sessions.list(project.id, { identityId: id, after: undefined, limit: 9 })).items;
    const path = at(`/${kim}`);
    expect((await editor.post(path, { intent: "end_session" }, { form: "session_id" })).status).toBe(303);
    expect(await held(kim)).toHaveLength(2);
    const foreign = (await held(lee))[0]?.session.id ?? "";
    const answer = await editor.send(path, { csrf_token: editor.csrf, intent: "end_session", session_id: foreign });
    expect(answer.status).toBe(404);
    expect(await held(lee)).toHaveLength(1);
    expect((await editor.send(path, { csrf_token: editor.csrf, intent: "end_sessions" })).status).toBe(303);
    expect(await held(kim)).toHaveLength(0);
    expect(await held(lee)).toHaveLength(1);
  });

  test("costs a constant number of round trips, whatever the person has", async () => {
    const counted = countingEnv(env);
    const kim = await operatorAt({ [project.id]: "viewer" }, counted.env);
    const person = await putIdentity(project.id, { email: "busy@x.example" });
    await kim.page(at());
    counted.reset();
    await kim.page(at(`/${person}`));
    const roundTrips = counted.d1.roundTrips;
    expect(roundTrips).toBeLessThanOrEqual(9);
    for (let i = 0; i < 30; i += 1) await putSession(project.id, person);
    counted.reset();
    const { text } = await kim.page(at(`/${person}`));
    expect(counted.d1.roundTrips).toBe(roundTrips);
    expect(nextOf(text)).toBeDefined();
    expect((await kim.page(nextOf(text) ?? "")).status).toBe(200);
  });
});

describe("deleting an identity", () => {
  test("asks for the address, says that deactivating keeps somebody out, and does it", async () => {
    const kim = await putIdentity(project.id, { email: "kim@delete.example" });
    await putSession(project.id, kim);
    const path = at(`/${kim}/delete`);
    expect(readable((await editor.page(path)).text)).toContain("To keep somebody out, deactivate instead.");
    const wrong = await editor.post(path, { confirmation: "kim" });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('value="kim"');
    const done = await editor.post(path, { confirmation: "kim@delete.example" });
    expect(done).toMatchObject({ status: 303, location: `/console${at()}` });
    expect((await editor.page(at(`/${kim}`))).status).toBe(404);
  });

  test("needs a recent sign-in", async () => {
    const kim = await putIdentity(project.id, { email: "kept@delete.example" });
    const lee = await operatorAt({ [project.id]: "owner" });
    await lee.signedInAgo(16 * 60_000);
    expect((await lee.page(at(`/${kim}/delete`))).location).toContain("/console/login?return_to=");
  });
});

describe("T105: in the operators' own project", () => {
  test("an editor of everything changes no operator, and an owner locks none out by the back door", async () => {
    const home = await consoleProject();
    const all = await operatorAt({ all: "editor" });
    const owner = await operatorAt({ all: "owner" });
    const target = await operatorAt({ [project.id]: "owner" });
    const guest = await putIdentity(home.id, { email: "guest@operators.example" });
    const path = (id: string) => `/projects/${home.id}/identities/${id}`;
    for (const id of [target.identityId, guest]) {
      expect((await all.page(path(id))).status).toBe(200);
      expect((await all.send(path(id), { csrf_token: all.csrf, intent: "deactivate" })).status).toBe(403);
      expect((await all.page(`${path(id)}/delete`)).status).toBe(403);
    }
    expect((await all.page(`/projects/${home.id}/identities/new`)).status).toBe(403);

    expect(readable((await owner.page(path(target.identityId))).text)).toContain("Remove the access under Operators first.");
    const email = (await services().identities.get(home.id, target.identityId)).identity.email ?? "";
    const attempts = [
      await owner.send(path(target.identityId), { csrf_token: owner.csrf, intent: "deactivate" }),
      await owner.send(`${path(target.identityId)}/delete`, { csrf_token: owner.csrf, confirmation: email }),
    ];
    expect(attempts.map(({ status }) => status)).toEqual([409, 409]);
    expect((await owner.send(path(guest), { csrf_token: owner.csrf, intent: "deactivate" })).status).toBe(303);
    expect((await target.page(`/projects/${project.id}/identities`)).status).toBe(200);
  });
});
