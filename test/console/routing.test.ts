// The console's routing page: every answer that the decision can give, in words and with the links to change it.

import { beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { createConnection, createOrganization, createProject, services, systemContext } from "../support/seed.ts";

let project: Project;
let acme: Organization;
let okta: Connection;
let bare: Organization;
let closed: Organization;
let kim: OperatorClient;

beforeAll(async () => {
  project = await createProject({ name: "Northwind" });
  acme = await createOrganization(project, { label: "Acme", domains: ["acme.example"] });
  okta = await createConnection(project, { organizationId: acme.id, label: "Okta" });
  bare = await createOrganization(project, { label: "Bare", domains: ["bare.example"] });
  closed = await createOrganization(project, { label: "Closed", domains: ["closed.example"] });
  await createConnection(project, { organizationId: closed.id, label: "Old", state: "disabled" });
  kim = await operatorAt({ [project.id]: "viewer" });
});

const ask = (email: string) => kim.page(`/projects/${project.id}/routing?email=${encodeURIComponent(email)}`);
const at = (path: string) => `/console/projects/${project.id}${path}`;

test("without an address it asks for one", async () => {
  const { status, text } = await kim.page(`/projects/${project.id}/routing`);
  expect([status, readable(text).includes("Type an address to see how it signs in")]).toEqual([200, true]);
});

describe("an address of an organization", () => {
  test("signs in through its one connection; the page links to both, and to the start of that sign-in", async () => {
    const { status, text } = await ask("Ada+x@ACME.example");
    const said = readable(text);
    expect(status).toBe(200);
    expect(said).toContain("Signs in through “Okta”, and in no other way.");
    expect(said).toContain("Only what stands after the @ decides: acme.example");
    for (const path of [`/organizations/${acme.id}`, `/connections/${okta.id}`]) expect(text).toContain(`href="${at(path)}"`);
    expect(text).toContain(`http://${project.slug}.localhost:8787/sso/start?email=Ada%2Bx%40ACME.example`);
    expect(text).toContain(`curl &#39;http://localhost:8787/projects/${project.id}/routing?email=`);
  });

  test("chooses among several", async () => {
    const two = await createOrganization(project, { label: "Two", domains: ["two.example"] });
    await createConnection(project, { organizationId: two.id, label: "First" });
    await createConnection(project, { organizationId: two.id, label: "Second" });
    expect(readable((await ask("bo@two.example")).text)).toMatch(/2 are enabled, and the person chooses: First ?, ?Second/);
  });

  test("gets nowhere while there is no connection, none enabled, or the organization is disabled", async () => {
    const none = await ask("x@bare.example");
    expect(readable(none.text)).toContain("Nobody gets in");
    expect(none.text).toContain(`href="${at(`/connections/new?organization_id=${bare.id}`)}"`);
    const off = await ask("x@closed.example");
    expect(readable(off.text)).toContain("None of them is enabled.");
    expect(off.text).toContain(`href="${at(`/organizations/${closed.id}/connections`)}"`);
    await services().organizations.update(project.id, closed.id, { state: "disabled" }, undefined, systemContext);
    expect(readable((await ask("x@closed.example")).text)).toContain("It is disabled. Enable it to let its people in again.");
    expect(off.text).not.toContain("/sso/start");
  });
});

describe("any other address", () => {
  test("has a password and social sign-in, as far as the project offers them", async () => {
    const passwords = await ask("pat@sub.acme.example");
    expect(readable(passwords.text)).toMatch(/Signs in with a password\..*A subdomain counts only when it was added itself\./);
    expect(passwords.text).toContain(`href="${at("/settings")}"`);
    await createConnection(project, { organizationId: null, label: "Google" });
    expect(readable((await ask("pat@personal.example")).text)).toMatch(
      /with a password or with social sign-in.*Offered to everybody: Google/,
    );
  });

  test("has no way in when the project offers nothing", async () => {
    const strict = await createProject({ passwordLogin: false });
    const viewer = await operatorAt({ [strict.id]: "viewer" });
    const { text } = await viewer.page(`/projects/${strict.id}/routing?email=a%40b.example`);
    expect(readable(text)).toContain("The project offers nothing to addresses outside its organizations.");
  });
});

test.each(["", "ada", "a@b@c.example", "<script>@x"])("%j is no address: said at the field, and not lost", async (email) => {
  const { status, text } = await ask(email);
  expect([status, text.includes('id="f-email-error"')]).toEqual([422, true]);
  expect(text).toContain(`value="${email.replaceAll("<", "&lt;").replaceAll(">", "&gt;")}"`);
});

test("T104: another project's routing is not there", async () => {
  const theirs = await createProject();
  expect((await kim.page(`/projects/${theirs.id}/routing?email=ada%40acme.example`)).status).toBe(404);
});
