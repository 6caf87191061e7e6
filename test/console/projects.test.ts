// The projects of the console: home, creating, overview, settings, branding, deleting.

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Project } from "../../src/domain/projects/project.ts";
import { formsOf, type OperatorClient, operatorAt, operatorWith, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { api } from "../support/management.ts";
import { createOrganization, createProject, services } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

let root: OperatorClient;
let project: Project;
beforeAll(async () => {
  root = await operatorAt({ all: "owner" });
});
beforeEach(async () => {
  project = await createProject({ name: "Northwind" });
});

const path = (rest = "") => `/projects/${project.id}${rest}`;
const stored = () => services().projects.get(project.id);
let serial = 0;

test("home lists what the operator reaches in a constant number of queries, paged, and offers to create to those who may", async () => {
  for (let i = 0; i < 26; i++) await createProject();
  const counted = countingEnv(env);
  const client = await operatorWith(root.token, counted.env);
  await client.page("/console");
  const before = counted.d1.roundTrips;
  const page = await client.page("/console");
  expect(counted.d1.roundTrips - before).toBeLessThanOrEqual(3);
  expect(page.text).toContain("/console/projects/new");
  expect(page.text.match(/<tr>/g)).toHaveLength(26);
  expect((await client.page("/console?page_token=made-up")).status).toBe(422);

  const viewer = await operatorAt({ [project.id]: "owner" });
  const own = await viewer.page("/console");
  expect(own.text).toContain(`/console/projects/${project.id}`);
  expect(own.text).not.toContain("/console/projects/new");
  expect((await viewer.page("/projects/new")).status).toBe(403);
});

test("a project is created, once however often the form is sent; a taken slug is said at its field", async () => {
  const slug = `made-${++serial}`;
  const page = await root.page("/projects/new");
  const [form] = (await formsOf(page.text)).filter(({ fields }) => "slug" in fields);
  expect(page.text, "there is only one database").not.toContain('name="database"');
  const fields = { ...form?.fields, name: "Made", slug: slug.toUpperCase() };
  const first = await root.send("/projects/new", fields);
  expect(first.location).toMatch(/^\/console\/projects\/[0-9a-f-]{36}$/);
  expect((await root.send("/projects/new", fields)).location).toBe(first.location);
  const overview = await root.page(first.location ?? "");
  for (const words of ["Project “Made” created.", "Create an organization", `http://${slug}.localhost:8787/login`, "whoami"]) {
    expect(readable(overview.text)).toContain(words);
  }
  const taken = await root.post("/projects/new", { name: "Second <b>", slug });
  expect(taken.status).toBe(409);
  expect(taken.text).toContain('id="f-slug-error"');
  expect((await formsOf(taken.text)).find(({ fields: f }) => "slug" in f)?.fields).toMatchObject({ name: "Second <b>", slug });
  expect((await root.post("/projects/new", { name: "", slug: "console" })).status).toBe(422);
});

test("settings are saved, refused at the line that is wrong, and never overwritten unseen", async () => {
  const settings = path("/settings");
  const saved = await root.post(settings, {
    name: "Southwind",
    hostnames: "login.southwind.example\nid.southwind.example",
    allowed_return_urls: "https://app.southwind.example",
    session_lifespan: "30m",
    password_login: null,
  });
  expect(saved.location).toBe(`/console${settings}`);
  expect(await stored()).toMatchObject({
    name: "Southwind",
    hostnames: ["login.southwind.example", "id.southwind.example"],
    allowedReturnUrls: ["https://app.southwind.example"],
    sessionLifespan: "30m",
    passwordLogin: false,
    registration: true,
  });

  const wrong = await root.post(settings, { hostnames: "login.southwind.example\nnot a host", session_lifespan: "soon" });
  expect(wrong.status).toBe(422);
  expect(readable(wrong.text)).toContain("“not a host”:");
  expect(wrong.text).toContain('id="f-session-lifespan-error"');
  const kept = (await formsOf(wrong.text)).find(({ fields }) => "hostnames" in fields)?.fields;
  expect(kept).toMatchObject({ hostnames: "login.southwind.example\nnot a host", session_lifespan: "soon" });

  const open = (await formsOf((await root.page(settings)).text)).find(({ fields }) => "hostnames" in fields)?.fields ?? {};
  await api("PATCH", path(), { body: { name: "Changed elsewhere" } });
  const conflict = await root.send(settings, { ...open, name: "Mine" });
  expect(conflict.status).toBe(409);
  expect(readable(conflict.text)).toContain("Somebody else has changed this");
  expect(conflict.text).toContain('value="Mine"');
  expect((await stored()).name).toBe("Changed elsewhere");
});

test("a viewer reads the settings and finds nothing to press", async () => {
  const viewer = await operatorAt({ [project.id]: "viewer" });
  const page = await viewer.page(path("/settings"));
  expect(page.status).toBe(200);
  expect(page.text).not.toContain("Database");
  expect((await formsOf(page.text)).filter(({ action }) => action === "")).toEqual([]);
  expect((await viewer.page(path("/settings/delete"))).status).toBe(403);
});

test("colour and logo are saved, served on the project's host for ever, and shown on every hosted page", async () => {
  const branding = path("/settings/branding");
  const logo = new File([PNG], "logo.svg", { type: "image/svg+xml" });
  const saved = await root.post(branding, { accent_color: "#FFD400", logo });
  expect(saved.location).toBe(`/console${branding}`);
  const { accentColor, logoDigest } = await stored();
  expect(accentColor).toBe("#ffd400");

  const origin = `http://${project.slug}.localhost:8787`;
  const visitor = createVisitor(env);
  const login = await (await visitor.get(`${origin}/login`)).text();
  const style = `/branding/style.css?v=ffd400`;
  const image = `/branding/logo?v=${logoDigest}`;
  for (const address of [style, image]) expect(login).toContain(address);
  const served = await visitor.get(`${origin}${image}`);
  expect(new Uint8Array(await served.arrayBuffer())).toEqual(PNG);
  expect(Object.fromEntries(served.headers)).toMatchObject({
    "content-type": "image/png",
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  });
  expect((await visitor.get(`${origin}/branding/logo?v=older`)).headers.get("Cache-Control")).toBe("no-cache");
  const sheet = await visitor.get(`${origin}${style}`);
  expect(sheet.headers.get("Content-Type")).toBe("text/css; charset=utf-8");
  expect(await sheet.text()).toMatch(/^:root\{--accent:#[0-9a-f]{6};.*prefers-color-scheme:dark/);

  const page = await root.page(branding);
  expect(page.text).toContain(`/console${path("/branding-preview.css")}`);
  const preview = (await root.page(path("/branding-preview.css"))).text;
  for (const scheme of ["light", "dark"]) expect(preview).toMatch(new RegExp(`\\.scheme-${scheme}\\{.*--surface:.*--accent:#`));

  expect((await api("GET", path())).json.branding).toEqual({ accent_color: "#ffd400", logo_url: `${origin}${image}` });
  await root.post(branding, { accent_color: "", remove_logo: "on" });
  expect(await stored()).toMatchObject({ accentColor: null, logoDigest: null });
  expect((await createVisitor({ ...env }).get(`${origin}/branding/logo`)).status).toBe(404);
});

test("what is no image, too large an image or no colour is refused, and nothing of it is stored", async () => {
  const svg = new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
  const large = new Uint8Array(64 * 1024 + 1);
  large.set(PNG);
  const branding = path("/settings/branding");
  for (const [bytes, words] of [
    [svg, "Only PNG, JPEG and WebP images."],
    [large, "At most 64 KiB."],
  ] as const) {
    const answer = await root.post(branding, {
      accent_color: "#112233",
      logo: new File([bytes], "x.png", { type: "image/png" }),
    });
    expect([answer.status, readable(answer.text).includes(words)]).toEqual([422, true]);
    expect(answer.text).toContain('value="#112233"');
  }
  const color = await root.post(branding, { accent_color: "red" });
  expect(color.status).toBe(422);
  expect(color.text).toContain('id="f-accent-color-error"');
  expect(await stored()).toMatchObject({ accentColor: null, logoDigest: null });

  const put = (raw: Uint8Array) => api("PUT", path("/logo"), { raw: raw as BodyInit, headers: { "Content-Type": "image/png" } });
  expect([(await put(svg)).status, (await put(large)).status, (await put(new Uint8Array())).status]).toEqual([422, 413, 422]);
  expect((await put(PNG)).json.branding.logo_url).toContain("/branding/logo?v=");
  expect((await api("PATCH", path(), { body: { branding: { accent_color: "url(x)" } } })).status).toBe(422);
  expect((await api("DELETE", path("/logo"))).status).toBe(204);
  expect((await stored()).logoDigest).toBeNull();
});

test("a project is deleted by its name, freshly signed in, with everything in it; the default one is not", async () => {
  await createOrganization(project, { domains: [`d${++serial}.example`] });
  await services().operators.invite(project, { email: "x@guests.example", role: "viewer" }, context());
  await root.post(path("/settings/branding"), { logo: new File([PNG], "l.png") });
  const page = path("/settings/delete");
  expect((await root.post(page, { confirmation: "Something" })).status).toBe(422);
  const late = await operatorAt({ [project.id]: "owner" });
  await late.signedInAgo(31 * 60_000);
  expect((await late.send(page, { csrf_token: late.csrf, confirmation: "Northwind" })).location).toContain("refresh=true");
  const done = await root.post(page, { confirmation: "Northwind" });
  expect(done.location).toBe("/console");
  expect((await root.page(path())).status).toBe(404);
  expect(readable((await root.page("/console")).text)).toContain("Projects");

  project = await createProject({ slug: "demo", name: "Demo" });
  expect((await root.page(path("/settings"))).text).not.toContain("/settings/delete");
  const kept = await root.send(page.replace(/[0-9a-f-]{36}/, project.id), { csrf_token: root.csrf, confirmation: "Demo" });
  expect(kept.status).toBe(409);
});

const context = () => ({ requestId: "test", ipAddress: null, userAgent: null, actor: { type: "system", id: null } }) as const;
