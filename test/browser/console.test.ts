// The console as an operator works in it: every form, what it does with a mistake, with two operators at once and with an
// impatient finger, and the main task with the keyboard alone.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATOR_EMAIL } from "../../scripts/operator.ts";
import { launchBrowser } from "../support/browser.ts";
import { signedIn } from "../support/demo.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";
import { faultsOf } from "../support/looks.ts";
import { openConsole } from "../support/operator.ts";

let orgate: TestOrgate;
let browser: Browser;
let context: BrowserContext;
/** The one tab of the one signed-in operator. */
let page: Page;
/** Failed scripts, and what a page's policy has stopped. */
const complaints: string[] = [];

beforeAll(async () => {
  [orgate, browser] = await Promise.all([startTestOrgate(), launchBrowser()]);
  page = await openConsole(browser, orgate);
  context = page.context();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
});
afterAll(async () => {
  await Promise.all([browser?.close(), orgate?.close()]);
  expect(complaints).toEqual([]);
});

/** Below the demo project's page. */
const at = (path: string) => `${orgate.baseUrl}/console/projects/${orgate.demo.projectId}${path}`;
const notice = (text: string | RegExp) => page.getByRole("status").filter({ hasText: text }).waitFor();
const heading = (text: string | RegExp) => page.getByRole("heading", { level: 1, name: text }).waitFor();
const press = (name: string | RegExp) => page.locator("main").getByRole("button", { name }).click();
const field = (name: string, on = page) => on.locator(`main [name="${name}"]`);

async function fill(fields: Record<string, string>, on = page): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    const control = field(name, on).first();
    if (await control.and(on.locator("select")).count()) await control.selectOption(value);
    else await control.fill(value);
  }
}

async function made(path: string, body: unknown): Promise<{ id: string }> {
  const answer = await orgate.manage("POST", `/projects/${orgate.demo.projectId}/${path}`, body);
  if (answer.status !== 201) throw new Error(await answer.text());
  return (await answer.json()) as { id: string };
}

const connectionTo = (label: string) => ({
  label,
  issuer_url: orgate.idps[0].issuer,
  client_id: label,
  client_secret: "a-secret",
});

interface Form {
  name: string;
  path(): string | Promise<string>;
  fields(): Record<string, string>;
  /** One field as a mistake. */
  wrong: [name: string, value: string];
  submit: string;
  done(): Promise<void>;
}

const FORMS: Form[] = [
  {
    name: "a new project",
    path: () => `${orgate.baseUrl}/console/projects/new`,
    fields: () => ({ name: "Second", slug: "second" }),
    wrong: ["slug", "Not a slug"],
    submit: "Create project",
    done: () => notice("Project “Second” created."),
  },
  {
    name: "a new organization",
    path: () => at("/organizations/new"),
    fields: () => ({ label: "Umbrella", domains: "umbrella.example\numbrella.test", session_lifespan: "12h" }),
    wrong: ["domains", "umbrella.example\nnot a domain"],
    submit: "Create organization",
    done: () => notice("Organization “Umbrella” created."),
  },
  {
    name: "an organization",
    path: async () => at(`/organizations/${(await made("organizations", { label: "Initech" })).id}/edit`),
    fields: () => ({ label: "Initech Ltd", domains: "initech.example", session_lifespan: "8h", state: "disabled" }),
    wrong: ["session_lifespan", "for ever"],
    submit: "Save",
    done: () => notice("“Initech Ltd” saved."),
  },
  {
    name: "a new connection",
    path: () => at("/connections/new?provider=generic"),
    fields: () => ({ label: "Partners", issuer_url: orgate.idps[1].issuer, client_id: "partners", client_secret: "a-secret" }),
    wrong: ["issuer_url", "https://10.0.0.1"],
    submit: "Add the connection",
    done: () => notice("Connection “Partners” added."),
  },
  {
    name: "a connection",
    path: async () => at(`/connections/${(await made("connections", connectionTo("Edited"))).id}/edit`),
    fields: () => ({ label: "Renamed", issuer_url: orgate.idps[0].issuer, client_id: "renamed" }),
    wrong: ["issuer_url", "ftp://id.example"],
    submit: "Save",
    done: () => notice("Connection “Renamed” saved."),
  },
  {
    name: "a new identity",
    path: () => at("/identities/new"),
    fields: () => ({ email: "kay@personal.example", name: "Kay" }),
    wrong: ["email", "kay@personal"],
    submit: "Create identity",
    done: () => notice("Identity kay@personal.example created."),
  },
  {
    name: "a new application",
    path: () => at("/applications/new"),
    fields: () => ({ client_name: "Reports", redirect_uris: "https://reports.example.com/callback" }),
    wrong: ["redirect_uris", "https://reports.example.com/*"],
    submit: "Create application",
    done: () => heading("Application created"),
  },
  {
    name: "a new session token template",
    path: () => at("/session-tokens/new"),
    fields: () => ({ name: "edge", ttl: "1m", audience: "https://api.example.com" }),
    wrong: ["ttl", "for ever"],
    submit: "Create template",
    done: () => notice("Template “edge” created."),
  },
  {
    name: "a new API key",
    path: () => at("/api-keys/new"),
    fields: () => ({ name: "Nightly import" }),
    wrong: ["name", "   "],
    submit: "Create API key",
    done: () => heading("API key created"),
  },
  {
    name: "an invitation",
    path: () => at("/operators/invite"),
    fields: () => ({ email: "sam@orgate.example", role: "editor" }),
    wrong: ["email", "sam@orgate"],
    submit: "Create invitation",
    done: () => heading("Invitation created"),
  },
  {
    name: "a project's settings",
    path: () => at("/settings"),
    fields: () => ({ name: "Demo", allowed_return_urls: "https://app.example.com", session_lifespan: "12h" }),
    wrong: ["session_lifespan", "for ever"],
    submit: "Save settings",
    done: () => notice("Settings saved."),
  },
  {
    name: "a project's branding",
    path: () => at("/settings/branding"),
    fields: () => ({ accent_color: "#00695c" }),
    wrong: ["accent_color", "green"],
    submit: "Save branding",
    done: () => notice("Branding saved."),
  },
];

describe("a form", () => {
  test.each(FORMS)("$name: a mistake is said at its field and nothing else is lost; then it is done", async (form) => {
    await page.goto(await form.path());
    const [name, mistake] = form.wrong;
    const typed = { ...form.fields(), [name]: mistake };
    await fill(typed);
    await press(form.submit);
    await page.getByRole("alert").waitFor();
    expect(await page.evaluate("document.activeElement?.getAttribute('role')")).toBe("alert");
    const control = field(name).first();
    expect(await control.getAttribute("aria-invalid")).toBe("true");
    const errorId = (await control.getAttribute("aria-describedby"))?.split(" ").find((id) => id.endsWith("error"));
    expect(await page.locator(`[id="${errorId}"]`).textContent()).toMatch(/\w{2,} \w+/);
    for (const [other, value] of Object.entries(typed)) {
      const expected = other.includes("secret") ? "" : value;
      expect(await field(other).first().inputValue(), other).toBe(expected);
    }
    await fill(form.fields());
    await press(form.submit);
    await form.done();
  });

  test("a logo is shown on the sign-in page", async () => {
    await page.goto(at("/settings/branding"));
    await field("logo").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: PNG });
    await press("Save branding");
    await notice("Branding saved.");
    const { logo_digest } = (await orgate.database
      .prepare("SELECT logo_digest FROM projects WHERE id = ?")
      .bind(orgate.demo.projectId)
      .first<{ logo_digest: string | null }>()) ?? { logo_digest: null };
    expect(logo_digest).not.toBeNull();
  });
});

/** One transparent pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

const ENDINGS: [name: string, path: () => Promise<string>, typed: string, submit: RegExp, done: string][] = [
  [
    "an organization",
    async () => at(`/organizations/${(await made("organizations", { label: "Doomed", domains: ["doomed.example"] })).id}/delete`),
    "Doomed",
    /^Delete/,
    "Organization “Doomed” deleted.",
  ],
  [
    "a connection",
    async () => at(`/connections/${(await made("connections", connectionTo("Old door"))).id}/delete`),
    "Old door",
    /^Delete/,
    "Connection “Old door” deleted.",
  ],
  [
    "an API key",
    async () => at(`/api-keys/${(await made("api-keys", { name: "Leaked" })).id}/revoke`),
    "Leaked",
    /^Revoke/,
    "API key “Leaked” revoked.",
  ],
  [
    "a project",
    async () => {
      const answer = await orgate.manage("POST", "/projects", { name: "Trial", slug: "trial" });
      return `${orgate.baseUrl}/console/projects/${((await answer.json()) as { id: string }).id}/settings/delete`;
    },
    "Trial",
    /^Delete/,
    "Project “Trial” deleted.",
  ],
];

describe("what ends something", () => {
  test.each(ENDINGS)("%s: only when its name is typed", async (_name, path, typed, submit, done) => {
    await page.goto(await path());
    await fill({ confirmation: `${typed}!` });
    await press(submit);
    await page.getByRole("alert").waitFor();
    expect(await field("confirmation").getAttribute("aria-invalid")).toBe("true");
    await fill({ confirmation: typed });
    await press(submit);
    await notice(done);
  });

  test("a person: signed out, locked out, let in again, deleted", async () => {
    const person = await signedIn(orgate, "quinn@acme.example");
    const whoami = await (await person.fetch(`${orgate.baseUrl}/sessions/whoami`)).json();
    const { id } = (whoami as { identity: { id: string } }).identity;
    const status = async () => (await person.fetch(`${orgate.baseUrl}/sessions/whoami`)).status;
    expect(await status()).toBe(200);
    await page.goto(at(`/identities/${id}`));
    await press("End all sessions");
    await notice("All sessions have ended.");
    expect(await status()).toBe(401);
    await press("Deactivate");
    await notice("Deactivated");
    await press("Activate");
    await notice("Activated");
    await page.getByRole("link", { name: "Delete…" }).click();
    await fill({ confirmation: "quinn@acme.example" });
    await press(/^Delete/);
    await notice("deleted.");
  });

  test("an organization's sessions, one and all", async () => {
    const [first, second] = [await signedIn(orgate, "rae@acme.example"), await signedIn(orgate, "rae@acme.example")];
    const sessions = at(`/organizations/${orgate.demo.organizations.Acme.id}/sessions`);
    await page.goto(sessions);
    await page.getByRole("button", { name: "End this session of rae@acme.example" }).first().click();
    await notice("has ended.");
    await page.goto(`${sessions}/revoke`);
    await press(/^End/);
    await notice(/ended\.|no session/);
    for (const browser of [first, second]) expect((await browser.fetch(`${orgate.baseUrl}/sessions/whoami`)).status).toBe(401);
  });

  test("a connection: off and on again; an invitation", async () => {
    const { id } = await made("connections", connectionTo("Switched"));
    await page.goto(at(`/connections/${id}/disable`));
    await press(/^Disable/);
    await notice("Connection “Switched” disabled.");
    await press(/^Enable/);
    await notice("People can sign in through this connection again.");
    const invitation = await made("operator-invitations", { email: "lee@orgate.example", role: "viewer" });
    await page.goto(at(`/operators/invitations/${invitation.id}/revoke`));
    await press(/^Revoke/);
    await notice("The invitation of lee@orgate.example is revoked.");
  });
});

const EDITED: [name: string, path: () => Promise<string>, field: string, submit: string][] = [
  [
    "an organization",
    async () => at(`/organizations/${(await made("organizations", { label: "Shared" })).id}/edit`),
    "label",
    "Save",
  ],
  [
    "a connection",
    async () => at(`/connections/${(await made("connections", connectionTo("Shared"))).id}/edit`),
    "label",
    "Save",
  ],
  ["a project's settings", async () => at("/settings"), "name", "Save settings"],
];

describe("two operators at once", () => {
  test.each(EDITED)("%s: the second is told, keeps what was typed, and overwrites nothing", async (_name, path, name, submit) => {
    const url = await path();
    const colleague = await context.newPage();
    await Promise.all([page.goto(url), colleague.goto(url)]);
    await fill({ [name]: "Ours" });
    await press(submit);
    await notice(/saved/i);
    await fill({ [name]: "Theirs" }, colleague);
    await colleague.locator("main").getByRole("button", { name: submit }).click();
    const alert = colleague.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toContain("Somebody else has changed this");
    expect(await field(name, colleague).inputValue()).toBe("Theirs");
    await alert.getByRole("link", { name: "Open the current version" }).click();
    await expect.poll(() => field(name, colleague).inputValue(), { timeout: 20_000 }).toBe("Ours");
    await colleague.close();
  });
});

const PRESSED_TWICE: [
  name: string,
  path: string,
  fields: Record<string, string>,
  submit: string,
  table: string,
  column: string,
][] = [
  [
    "an organization",
    "/organizations/new",
    { label: "Twice", domains: "twice.example" },
    "Create organization",
    "organizations",
    "label",
  ],
  ["an identity", "/identities/new", { email: "twice@personal.example" }, "Create identity", "identities", "email"],
  ["an API key", "/api-keys/new", { name: "Twice" }, "Create API key", "api_keys", "name"],
  ["an invitation", "/operators/invite", { email: "twice@orgate.example" }, "Create invitation", "operator_invitations", "email"],
];

describe("a button that is pressed twice", () => {
  test.each(PRESSED_TWICE)("makes one: %s", async (_name, path, fields, submit, table, column) => {
    await page.goto(at(path));
    await fill(fields);
    const form = page.url();
    await page.locator("main").getByRole("button", { name: submit }).dblclick({ noWaitAfter: true });
    await page.locator("[role=status], h1:has-text('created')").first().waitFor();
    expect(form).toContain(path);
    const [first] = Object.values(fields);
    const { n } = (await orgate.database
      .prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`)
      .bind(first)
      .first<{ n: number }>()) ?? { n: -1 };
    expect(n).toBe(1);
  });
});

describe("a connection helps", () => {
  test("the check says what works; the trial shows what came back and signs nobody in", async () => {
    const [connection] = orgate.demo.organizations.Acme.connections;
    const faults: string[] = [];
    await page.goto(at(`/connections/${connection?.id}`));
    await press(/check/i);
    await heading(/^Check/);
    await page.getByRole("button", { name: /^Check/ }).waitFor();
    expect(await page.locator("main").textContent()).toContain("Nothing is wrong.");
    faults.push(...(await faultsOf(page, "console-check")));

    await page.goto(at(`/connections/${connection?.id}`));
    const [tab] = await Promise.all([context.waitForEvent("page"), press(/try it/i)]);
    await tab.waitForURL(/\/interaction\//);
    await tab.locator("#email").fill("trial@acme.example");
    await tab.getByRole("button", { name: "Sign in" }).click();
    await tab.waitForURL(`${orgate.baseUrl}/**`);
    expect(await tab.locator("main").textContent()).toContain("trial@acme.example");
    faults.push(...(await faultsOf(tab, "console-trial")));
    const whoami = await tab.request.get(`${orgate.baseUrl}/sessions/whoami`);
    expect(whoami.status()).toBe(401);
    await tab.close();
    expect(faults).toEqual([]);
  });

  test("a new secret is tried beside the old one", async () => {
    const [connection] = orgate.demo.organizations.Globex.connections;
    await page.goto(at(`/connections/${connection?.id}/rotate-secret`));
    await fill({ client_secret: "another-secret" });
    await page.locator("main form [value=rotate]").click();
    await notice(/secret/i);
    expect(await page.content()).not.toContain("another-secret");
  });

  test("the routing page says how an address signs in, and why", async () => {
    await page.goto(at("/routing"));
    await fill({ email: "ada@acme.example" });
    await press("Explain");
    await page.waitForURL(/email=/);
    expect(await page.locator("main").textContent()).toMatch(/Acme/);
    expect(await faultsOf(page, "console-routing-explained")).toEqual([]);
  });
});

describe("pages that appear once", () => {
  test("a new key, an invitation and its other side, a mistake, a page that is not there", async () => {
    const faults: string[] = [];
    const look = async (name: string, on = page) => void faults.push(...(await faultsOf(on, `console-${name}`)));
    await page.goto(at("/organizations/new"));
    await fill({ label: "Wrong", domains: "not a domain" });
    await press("Create organization");
    await page.getByRole("alert").waitFor();
    await look("form-with-a-mistake");
    await page.goto(at("/api-keys/new"));
    await fill({ name: "Shown once" });
    await press("Create API key");
    await heading("API key created");
    await look("api-key-created");
    await page.goto(at("/operators/invite"));
    await fill({ email: "noor@orgate.example" });
    await press("Create invitation");
    await heading("Invitation created");
    await look("invitation-created");
    const link = /http:\/\/[^"<\s]*\/console\/invitations\/[\w-]+/.exec(await page.content())?.[0] ?? "";
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(link);
    await look("invitation", stranger);
    await fill({ name: "Noor", password: "correct horse battery" }, stranger);
    await stranger.locator("main form button[type=submit]").click();
    await stranger.waitForURL(/\/console(\/projects\/.*)?$/);
    expect(await stranger.locator("main").textContent()).toContain("You are viewer of");
    await stranger.context().close();
    await page.goto(at("/operators"));
    expect(await page.locator("main").textContent()).toContain("noor@orgate.example");
    await look("operators-of-a-project");
    await page.goto(at("/nothing"));
    await look("not-found");
    expect(faults).toEqual([]);
  });
});

describe("with the keyboard alone", () => {
  test("sign in, create an organization, add its connection", async () => {
    const typist = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    const { keyboard } = typist;
    await typist.goto(`${orgate.baseUrl}/console`);
    await tabTo(typist, "input[type=email]");
    await keyboard.type(OPERATOR_EMAIL);
    await tabTo(typist, "input[name=password]");
    await keyboard.type(orgate.credentials.operatorPassword);
    await keyboard.press("Enter");
    await typist.waitForURL(`${orgate.baseUrl}/console`);

    const follow = async (selector: string, arrived: RegExp) => {
      await tabTo(typist, selector);
      await keyboard.press("Enter");
      await typist.waitForURL(arrived);
    };
    await follow(`main a[href$="/projects/${orgate.demo.projectId}"]`, /\/projects\/[0-9a-f-]{36}$/);
    await follow('nav a[href$="/organizations"]', /\/organizations$/);
    await follow('main a[href$="/organizations/new"]', /\/organizations\/new$/);
    await tabTo(typist, "[name=label]");
    await keyboard.type("Typed");
    await tabTo(typist, "[name=domains]");
    await keyboard.type("typed.example");
    await follow("main form .button-primary", /\/organizations\/[0-9a-f-]{36}$/);
    await follow('main nav a[href$="/connections"]', /\/connections$/);
    await follow('main a[href*="/connections/new"]', /\/connections\/new/);
    await follow('main a[href*="provider=generic"]', /provider=generic/);
    for (const [name, value] of [
      ["issuer_url", orgate.idps[1].issuer],
      ["client_id", "typed"],
      ["client_secret", "a-secret"],
    ] as const) {
      await tabTo(typist, `[name=${name}]`);
      await keyboard.type(value);
    }
    await keyboard.press("Enter");
    await typist.waitForURL(/\/connections\/[0-9a-f-]{36}$/);
    await typist.getByRole("status").filter({ hasText: "Connection “Typed” added." }).waitFor();
    await typist.context().close();
  });
});

describe("the first start", () => {
  // Its own, because one that has seen its operator believes in it for a while.
  let empty: TestOrgate;
  beforeAll(async () => {
    empty = await startTestOrgate();
    await empty.database.prepare("DELETE FROM operator_access").run();
  });
  afterAll(() => empty?.close());

  test("asks for the root key, keeps what was typed, and leads in the operator that it makes (T112)", async () => {
    const owner = await (await browser.newContext()).newPage();
    await owner.goto(`${empty.baseUrl}/console`);
    await owner.waitForURL(/\/console\/setup$/);
    expect(await faultsOf(owner, "console-first-start")).toEqual([]);
    const typed = { email: "first@orgate.example", name: "First", password: "correct horse battery" };
    await fill({ ...typed, root_key: "not the root key" }, owner);
    await owner.locator("main form button[type=submit]").click();
    await owner.getByRole("alert").waitFor();
    expect(await field("email", owner).inputValue()).toBe(typed.email);
    expect(await field("password", owner).inputValue()).toBe("");
    await fill({ ...typed, root_key: empty.rootKey }, owner);
    await owner.locator("main form button[type=submit]").click();
    await owner.waitForURL(`${empty.baseUrl}/console`);
    expect(await owner.locator("main").textContent()).toContain("Demo");

    await owner.goto(`${empty.baseUrl}/console/setup`);
    await owner.getByRole("heading", { name: "This console is set up" }).waitFor();
    expect(await faultsOf(owner, "console-set-up")).toEqual([]);
    await owner.context().close();
  });
});

/** Goes on with the Tab key until something of this kind has the focus, which must show. */
async function tabTo(on: Page, selector: string): Promise<void> {
  const found = `document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`;
  await on.locator(selector).first().waitFor({ state: "attached" });
  for (let presses = 0; !(await on.evaluate(found)); presses++) {
    if (presses > 80) throw new Error(`the Tab key never comes to ${selector} on ${on.url()}`);
    await on.keyboard.press("Tab");
  }
  expect(await on.evaluate("getComputedStyle(document.activeElement).outlineStyle"), `focus on ${selector} shows`).not.toBe(
    "none",
  );
}
