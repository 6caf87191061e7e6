// The pages of Authentication › Social Sign-In & SSO (OIDC).

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Connection, PROVIDERS } from "../../src/domain/connections/connection.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { REFUSAL_REASONS } from "../../src/protocols/connector.ts";
import { presetFor } from "../../src/protocols/oidc/presets/index.ts";
import { checkExplanation } from "../../src/views/console/pages/connections/check.tsx";
import { formsOf, type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { countingEnv } from "../support/counting.ts";
import { createIdp } from "../support/idp/idp.ts";
import { connectNetwork } from "../support/idp/network.ts";
import { createConnection, createOrganization, createProject, services, systemContext } from "../support/seed.ts";

let project: Project;
let acme: Organization;
let domain: string;
let kim: OperatorClient;
let list: string;

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  project = await createProject();
  domain = `${project.slug}.example`;
  acme = await createOrganization(project, { label: "Acme", domains: [domain] });
  kim = await operatorAt({ [project.id]: "owner" });
  list = `/projects/${project.id}/connections`;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const at = (connection: { id: string }, below = "") => `${list}/${connection.id}${below}`;
const stored = (id: string): Promise<Connection> => services().connections.get(project.id, id);
const count = async () =>
  await env.DB.prepare("SELECT count(*) AS n FROM connections WHERE project_id = ?").bind(project.id).first<number>("n");
const BASICS = { issuer_url: "https://idp-a.test", client_id: "orgate", client_secret: "canary-secret-0b1e" };

describe("the list", () => {
  test("teaches the next step while it is empty", async () => {
    const text = readable((await kim.page(list)).text);
    expect(text).toContain("No connections yet");
    expect(text).toContain("Add a connection");
  });

  test("says for whom each is, its provider, and how it is doing", async () => {
    const own = await createConnection(project, {
      organizationId: acme.id,
      provider: "keycloak",
      label: "Acme IdP",
      issuerUrl: "https://k.test/realms/a",
    });
    await createConnection(project, { label: "Google for all" });
    await env.DB.prepare(
      "UPDATE connections SET last_failed_at = ?, last_failure_reason = 'invalid_client', last_failure_event_id = 'e' WHERE id = ?",
    )
      .bind(Date.now() - 3_600_000, own.id)
      .run();
    const text = readable((await kim.page(list)).text);
    expect(text).toMatch(/Acme IdP Acme Keycloak Last login failed never 1 hour ago The provider does not accept/);
    expect(text).toMatch(/Google for all Everybody OpenID Connect Enabled never never/);
  });

  test("narrows to an organization by label, domain or id, and says when there is none such", async () => {
    await createConnection(project, { organizationId: acme.id, label: "Acme IdP" });
    await createConnection(project, { label: "For all" });
    for (const query of ["acme", domain, acme.id].map(encodeURIComponent)) {
      const text = readable((await kim.page(`${list}?organization=${query}`)).text);
      expect(text).toContain("Acme IdP");
      expect(text).not.toContain("For all");
    }
    expect(readable((await kim.page(`${list}?organization_id=${acme.id}`)).text)).toContain("Acme IdP");
    expect(readable((await kim.page(`${list}?organization=nobody`)).text)).toContain("No organization of this project");
  });

  test("is paged, in a number of D1 round trips that does not depend on how many there are", async () => {
    const counted = countingEnv(env);
    const operator = await operatorAt({ [project.id]: "viewer" }, counted.env);
    await operator.page(list);
    counted.reset();
    await operator.page(list);
    const few = counted.d1.roundTrips;
    for (let i = 0; i < 30; i++) await createConnection(project, { organizationId: acme.id, label: `Number ${i}` });
    counted.reset();
    const page = await operator.page(list);
    expect(counted.d1.roundTrips).toBeLessThanOrEqual(few + 1);
    expect(readable(page.text)).toContain("Number 24");
    expect(readable(page.text)).not.toContain("Number 25");
    const next = /href="([^"]*page_token=[^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(readable((await operator.page(next)).text)).toContain("Number 29");
  });
});

describe("a new connection", () => {
  test("begins with a card for every provider", async () => {
    const { text } = await kim.page(`${list}/new`);
    for (const provider of PROVIDERS) {
      expect(readable(text)).toContain(presetFor(provider).guide.summary.replaceAll("’", "’"));
      expect(text).toContain(`new?provider=${provider}`);
    }
  });

  test("shows the redirect URI that it will have before it is saved, and keeps it", async () => {
    const { text } = await kim.page(`${list}/new?provider=okta&organization_id=${acme.id}`);
    const shown = /<code>(http[^<]*callback[^<]*)<\/code>/.exec(text)?.[1];
    expect(shown).toContain(`/organization/${acme.id}/callback/`);
    expect(text).toContain('<details class="disclosure" open');
    const [form] = (await formsOf(text)).filter(({ fields }) => "issuer_url" in fields);
    const answer = await kim.send(`${list}/new?provider=okta&organization_id=${acme.id}`, {
      ...form?.fields,
      ...BASICS,
      issuer_url: "https://acme.okta.com",
    });
    expect(answer.status).toBe(303);
    const id = form?.fields["id"] ?? "";
    expect(answer.location).toBe(`/console${at({ id })}`);
    expect(await stored(id)).toMatchObject({
      redirectUri: shown,
      organizationId: acme.id,
      label: "Acme",
      provider: "okta",
      claimsSource: "userinfo",
    });
    expect(readable((await kim.page(at({ id }))).text)).toContain("Connection “Acme” added.");
  });

  test("is one, however often the form is sent", async () => {
    const { text } = await kim.page(`${list}/new?provider=generic`);
    const [form] = (await formsOf(text)).filter(({ fields }) => "issuer_url" in fields);
    const send = () => kim.send(`${list}/new?provider=generic`, { ...form?.fields, ...BASICS, label: "Twice" });
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ location }) => location)).size).toBe(1);
    expect(answers.every(({ status }) => status === 303)).toBe(true);
    expect(await count()).toBe(1);
  });

  test("takes the organization by label, and shows its redirect URI without saving", async () => {
    const path = `${list}/new?provider=generic`;
    const answer = await kim.post(path, { ...BASICS, organization_id: "ACME", preview: "on" }, { form: "issuer_url" });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`/organization/${acme.id}/callback/`);
    expect(answer.text).toContain(BASICS.issuer_url);
    expect(answer.text).not.toContain(BASICS.client_secret);
    expect(await count()).toBe(0);
  });

  test("keeps what was typed and says at the field what is wrong, and never gives a secret back", async () => {
    const path = `${list}/new?provider=microsoft`;
    const typed = {
      ...BASICS,
      label: "Entra",
      issuer_url: "https://login.microsoftonline.com/common/v2.0",
      organization_id: acme.id,
      claim_trait_0: "Bad Trait",
      claim_name_0: "x",
    };
    const answer = await kim.post(path, typed, { form: "issuer_url" });
    expect(answer.status).toBe(422);
    expect(answer.text).toMatch(/aria-invalid="true"[^>]*>|id="f-issuer-url-error"/);
    expect(readable(answer.text)).toContain("This address admits every Microsoft tenant.");
    expect(readable(answer.text)).toContain("Trait names are lower-case");
    for (const value of ["Entra", typed.issuer_url, "Bad Trait"]) expect(answer.text).toContain(`value="${value}"`);
    expect(answer.text).not.toContain(BASICS.client_secret);
    expect(answer.text).toContain('<details class="disclosure" open');
    expect(await count()).toBe(0);
  });

  test("of an organization that is not there is refused at the field", async () => {
    const elsewhere = await createOrganization(await createProject());
    for (const organization_id of ["nobody", elsewhere.id, elsewhere.label]) {
      const answer = await kim.post(`${list}/new?provider=generic`, { ...BASICS, organization_id }, { form: "issuer_url" });
      expect(answer.status).toBe(422);
      expect(answer.text).toContain("f-organization-id-error");
    }
  });

  test("maps claims row by row", async () => {
    const rows = { claim_trait_0: "name", claim_name_0: "displayName", claim_trait_1: "email", claim_name_1: "upn", label: "X" };
    const answer = await kim.post(`${list}/new?provider=generic`, { ...BASICS, ...rows }, { form: "issuer_url" });
    const id = answer.location?.split("/").at(-1) ?? "";
    expect((await stored(id)).claimsMapping).toEqual({ name: "displayName", email: "upn" });
    const again = await kim.page(at({ id }, "/edit"));
    expect(again.text).toContain('value="displayName"');
  });
});

describe("one connection", () => {
  test("shows what the provider needs, what it is set to, and the same as curl lines", async () => {
    const connection = await createConnection(project, {
      organizationId: acme.id,
      tokenEndpointAuthMethod: "private_key_jwt",
      clientSecret: null,
    });
    const { text } = await kim.page(at(connection));
    expect(text).toContain(`data-copy="${connection.redirectUri}"`);
    expect(text).toContain(`/sso/connections/${connection.id}/jwks.json`);
    expect(text).toContain(`/sso/start?connection=${connection.id}`);
    expect(text).toContain(`/projects/${project.id}/connections/${connection.id}/check`);
    expect(readable(text)).toContain("No login has come through yet");
    expect(text).toContain('target="_blank"');
  });

  test("tells when and why it last failed, and leads to the event", async () => {
    const connection = await createConnection(project);
    const eventId = "019f0000-0000-7000-8000-000000000000";
    await env.DB.prepare(
      "UPDATE connections SET last_failed_at = ?, last_failure_reason = 'key_not_found', last_failure_event_id = ? WHERE id = ?",
    )
      .bind(Date.now() - 120_000, eventId, connection.id)
      .run();
    const { text } = await kim.page(at(connection));
    expect(readable(text)).toContain("The provider publishes no key that fits the ID token.");
    expect(text).toMatch(/events\?reference=[0-9A-Z]{5}-[0-9A-Z]{5}/);
  });

  test("is edited on the revision that was seen; a change meanwhile is a conflict that loses nothing typed", async () => {
    const connection = await createConnection(project, { label: "Before" });
    const saved = await kim.post(at(connection, "/edit"), { label: "After" });
    expect(saved.status).toBe(303);
    expect(await stored(connection.id)).toMatchObject({ label: "After", trustRevision: 1 });
    const { text } = await kim.page(at(connection, "/edit"));
    const [form] = (await formsOf(text)).filter(({ fields }) => "issuer_url" in fields);
    await services().connections.update(project.id, connection.id, { label: "Theirs" }, undefined, systemContext);
    const answer = await kim.send(at(connection, "/edit"), { ...form?.fields, label: "Mine" });
    expect(answer.status).toBe(409);
    expect(readable(answer.text)).toContain("Somebody else has changed this");
    expect(answer.text).toContain(`href="/console${at(connection, "/edit")}"`);
    expect(answer.text).toContain('value="Mine"');
    expect((await stored(connection.id)).label).toBe("Theirs");
  });

  test("keeps its secret when the field is empty, and takes a new one at once", async () => {
    const connection = await createConnection(project);
    await kim.post(at(connection, "/edit"), { label: "Other" });
    expect((await stored(connection.id)).clientSecret).toBe(connection.clientSecret);
    await kim.post(at(connection, "/edit"), { client_secret: "canary-new-secret" });
    expect((await stored(connection.id)).clientSecret).not.toBe(connection.clientSecret);
    expect((await kim.page(at(connection, "/edit"))).text).not.toContain("canary-new-secret");
  });

  test("is disabled after a plain statement of what ends, and enabled with one click", async () => {
    const connection = await createConnection(project, { organizationId: acme.id });
    expect(readable((await kim.page(at(connection, "/disable"))).text)).toContain("nobody under its domains can sign in");
    expect((await kim.post(at(connection, "/disable"))).status).toBe(303);
    expect((await stored(connection.id)).state).toBe("disabled");
    expect((await kim.post(at(connection), { action: "enable" }, { form: "revision" })).status).toBe(303);
    expect((await stored(connection.id)).state).toBe("enabled");
  });

  test("is deleted by typing its label, soon after signing in", async () => {
    const connection = await createConnection(project, { label: "Acme IdP" });
    const wrong = await kim.post(at(connection, "/delete"), { confirmation: "acme idp" });
    expect(wrong.status).toBe(422);
    expect(await count()).toBe(1);
    await kim.signedInAgo(16 * 60_000);
    expect((await kim.page(at(connection, "/delete"))).location).toContain("refresh=true");
    await kim.signedInAgo(0);
    expect((await kim.post(at(connection, "/delete"), { confirmation: "Acme IdP" })).location).toBe(`/console${list}`);
    expect(await count()).toBe(0);
    expect((await kim.page(at(connection))).status).toBe(404);
  });

  test("lets the token endpoint move when the operator confirms it", async () => {
    const connection = await createConnection(project);
    await env.DB.prepare("UPDATE connections SET pinned_token_endpoint = 'https://old.test/token' WHERE id = ?")
      .bind(connection.id)
      .run();
    const answer = await kim.post(at(connection), { action: "forget_pin" }, { form: "revision" });
    expect(answer.status).toBe(303);
    expect((await stored(connection.id)).pinnedTokenEndpoint).toBeNull();
  });

  test("rotates its secret, says which one is in use, and goes back or gives the old one up", async () => {
    const connection = await createConnection(project);
    const path = at(connection, "/rotate-secret");
    await kim.signedInAgo(16 * 60_000);
    expect((await kim.page(path)).location).toContain("refresh=true");
    await kim.signedInAgo(0);
    expect((await kim.post(path, { client_secret: "", action: "rotate" })).status).toBe(422);
    expect((await kim.post(path, { client_secret: "canary-rotated", action: "rotate" })).status).toBe(303);
    expect(readable((await kim.page(at(connection))).text)).toContain("Rotation under way");
    const waiting = await kim.page(path);
    expect(readable(waiting.text)).toContain("In use: nothing is known yet");
    expect(waiting.text).not.toContain("canary-rotated");
    await env.DB.prepare("UPDATE connections SET last_succeeded_at = updated_at + 1 WHERE id = ?").bind(connection.id).run();
    expect(readable((await kim.page(path)).text)).toContain("In use: the old secret");
    expect((await kim.post(path, { action: "restore" })).status).toBe(303);
    expect((await stored(connection.id)).previousClientSecret).toBeNull();
    const nothing = await kim.post(path, { action: "forget" });
    expect(nothing.status).toBe(409);
    expect(readable(nothing.text)).toContain("No old secret is kept any more");
  });
});

describe("the check", () => {
  test("shows every step, and for a failed one what to do", async () => {
    const idp = await createIdp({ issuer: "https://idp-check.test" });
    const network = connectNetwork(idp);
    const connection = await createConnection(project, { issuerUrl: idp.issuer, clientId: "client-1", clientSecret: "wrong" });
    const answer = await kim.post(at(connection, "/check"));
    const text = readable(answer.text);
    expect(answer.status).toBe(200);
    expect(text).toContain("One step failed.");
    expect(text).toMatch(/Passed Metadata .*Passed Issuer .*Passed Signing keys .*Failed Client ID and secret/);
    expect(text).toMatch(/What to do\. Set client_id, client_secret/);
    const soon = await kim.post(at(connection, "/check"));
    expect(soon.status).toBe(429);
    expect(readable(soon.text)).toContain("checked a moment ago");
    network.restore();
  });

  test("has a sentence and a fix for every reason", () => {
    for (const reason of [...REFUSAL_REASONS, "not_configured", "earlier_step_failed", "inconclusive"] as const) {
      const { happened, fix } = checkExplanation(reason);
      expect(happened).toMatch(/^[A-Z].*\.$/s);
      expect(fix).toMatch(/^[A-Z].*\.$/s);
    }
  });
});

describe("who may", () => {
  const WRITES: [below: string, fields: Record<string, string>][] = [
    ["/new?provider=generic", { ...BASICS, label: "X" }],
    ["/ID", { action: "enable" }],
    ["/ID/edit", { label: "X" }],
    ["/ID/disable", {}],
    ["/ID/delete", { confirmation: "Mine" }],
    ["/ID/rotate-secret", { client_secret: "x", action: "rotate" }],
    ["/ID/check", {}],
    ["/ID/try", {}],
  ];

  test.each(WRITES)(
    "POST %s: not a viewer, not another project's operator, not without the token (T80)",
    async (below, fields) => {
      const connection = await createConnection(project, { label: "Mine" });
      const path = `${list}${below.replace("ID", connection.id)}`;
      const viewer = await operatorAt({ [project.id]: "viewer" });
      expect((await viewer.send(path, { ...fields, csrf_token: viewer.csrf })).status).toBe(403);
      const stranger = await operatorAt({ [(await createProject()).id]: "owner" });
      expect((await stranger.send(path, { ...fields, csrf_token: stranger.csrf })).status).toBe(404);
      expect((await kim.send(path, { ...fields, csrf_token: "forged" })).status).toBe(403);
      expect((await kim.send(path, { ...fields, csrf_token: kim.csrf }, { Origin: "https://evil.test" })).status).toBe(403);
      expect(await stored(connection.id)).toEqual(connection);
      expect(await count()).toBe(1);
    },
  );

  test("a viewer sees the pages without their forms", async () => {
    const connection = await createConnection(project);
    const viewer = await operatorAt({ [project.id]: "viewer" });
    for (const path of [list, at(connection), at(connection, "/check")]) {
      const { status, text } = await viewer.page(path);
      expect(status).toBe(200);
      const posts = (await formsOf(text)).filter(({ method, action }) => method === "post" && !action.includes("logout"));
      expect(posts).toEqual([]);
      expect(text).not.toContain("/edit");
    }
  });

  test("a connection of another project is not there", async () => {
    const theirs = await createConnection(await createProject());
    for (const below of ["", "/edit", "/check", "/try", "/disable", "/delete", "/rotate-secret"]) {
      expect((await kim.page(at(theirs, below))).status).toBe(404);
    }
  });
});
