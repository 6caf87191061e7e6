import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type EmailAddress, parseEmailAddress } from "../../src/domain/domains/email-address.ts";
import type { RequestContext } from "../../src/domain/events/event.ts";
import type { LoggedIn, LoginRefused } from "../../src/domain/login/login.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { servicesFor } from "../../src/services.ts";
import { countRows, putConnection, putIdentity, putOrganization, putProject } from "../support/rows.ts";

const PASSWORD = "correct horse battery";
const services = servicesFor(env);
let project: Project;
let serial = 0;

const address = (text: string): EmailAddress => {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.address;
};
const from = (ipAddress: string): RequestContext => ({
  requestId: "req",
  ipAddress,
  userAgent: null,
  actor: { type: "anonymous", id: null },
});
const freshNetwork = () => from(`198.51.100.${++serial % 250}`);
const signIn = (email: string, password = PASSWORD, context = freshNetwork(), more: { previousToken?: string } = {}) =>
  services.login.loginWithPassword(
    project,
    { address: address(email), password, returnTo: "http://localhost:8787/", ...more },
    context,
  );
const register = (email: string, password = PASSWORD, context = freshNetwork()) =>
  services.login.register(
    project,
    { address: address(email), name: "Pat", password, returnTo: "http://localhost:8787/" },
    context,
  );
const reason = (outcome: LoggedIn | LoginRefused) => (outcome.ok ? "signed in" : outcome.reason);
const lastEvent = async () =>
  await env.DB.prepare("SELECT type, reason, identity_id, details FROM events WHERE project_id = ? ORDER BY id DESC LIMIT 1")
    .bind(project.id)
    .first<{ type: string; reason: string | null; identity_id: string | null; details: string }>();

beforeAll(async () => {
  project = await putProject();
});

describe("registration", () => {
  test("makes an identity with an unverified address, a password, a session and an audit event", async () => {
    const outcome = await register("Pat@Personal.Example");
    if (!outcome.ok) throw new Error(outcome.reason);
    expect(outcome.identity).toMatchObject({
      email: "pat@personal.example",
      emailVerified: false,
      organizationId: null,
      traits: { name: "Pat" },
    });
    expect(await lastEvent()).toMatchObject({ type: "registration.succeeded", identity_id: outcome.identity.id });
    const session = await services.sessions.authenticate(project.id, outcome.token);
    expect(session).toMatchObject({ ok: true, session: { authenticationMethods: [{ method: "password", aal: "aal1" }] } });
    expect(reason(await signIn("pat@personal.example"))).toBe("signed in");
  });

  test.each([
    ["seven77", "password_too_short"],
    ["password1", "password_common"],
    ["taken@personal.example1", "password_similar_to_email"],
  ])("refuses the password %s and stores nothing", async (password, expected) => {
    const before = await countRows("identities");
    expect(reason(await register("taken@personal.example", password))).toBe(expected);
    expect(await countRows("identities")).toBe(before);
  });

  test("refuses an address that has an account, also when two arrive at once", async () => {
    const outcomes = await Promise.all([register("twice@personal.example"), register("TWICE@personal.example")]);
    expect(outcomes.map(reason).sort()).toEqual(["email_taken", "signed in"]);
    expect(reason(await register("twice@personal.example"))).toBe("email_taken");
  });

  test("refuses an organization's address before the password is looked at (T54)", async () => {
    await putOrganization(project.id, ["reg.test"]);
    expect(reason(await register("ada@reg.test", "x"))).toBe("sso_required");
    expect(await lastEvent()).toMatchObject({ type: "registration.refused", reason: "sso_required" });
  });

  test("is limited per network (T95)", async () => {
    const context = from("203.0.113.99");
    const outcomes = [];
    for (let i = 0; i < 102; i++) outcomes.push(reason(await register(`spam${i}@personal.example`, "password1", context)));
    expect(outcomes.slice(0, 100).every((o) => o === "password_common")).toBe(true);
    expect(outcomes.slice(100)).toEqual(["too_many_attempts", "too_many_attempts"]);
  });
});

describe("password login", () => {
  beforeAll(async () => {
    await register("kim@personal.example");
  });

  test.each([
    ["a wrong password", "kim@personal.example", "wrong password"],
    ["an unknown address", "nobody@personal.example", PASSWORD],
    ["the password in another case", "kim@personal.example", PASSWORD.toUpperCase()],
  ])("%s is refused like any other (T92)", async (_name, email, password) => {
    expect(reason(await signIn(email, password))).toBe("credentials_invalid");
    expect(await lastEvent()).toMatchObject({ type: "login.refused", reason: "credentials_invalid" });
  });

  test("an account without a password, and a deactivated one, are refused the same way", async () => {
    await putIdentity(project.id, "bare@personal.example");
    expect(reason(await signIn("bare@personal.example"))).toBe("credentials_invalid");
    const outcome = await register("gone@personal.example");
    if (outcome.ok) await env.DB.prepare("UPDATE identities SET state = 'inactive' WHERE id = ?").bind(outcome.identity.id).run();
    expect(reason(await signIn("gone@personal.example"))).toBe("credentials_invalid");
  });

  test("ends the session that the browser brought along (T77)", async () => {
    const first = await signIn("kim@personal.example");
    if (!first.ok) throw new Error(first.reason);
    const second = await signIn("kim@personal.example", PASSWORD, freshNetwork(), { previousToken: first.token });
    if (!second.ok) throw new Error(second.reason);
    expect(second.token).not.toBe(first.token);
    expect(await services.sessions.authenticate(project.id, first.token)).toMatchObject({ ok: false });
    expect(await services.sessions.authenticate(project.id, second.token)).toMatchObject({ ok: true });
  });

  test("once an organization claims the domain the right password opens nothing, and old sessions are dead (T54, T55)", async () => {
    const before = await register("ceo@claimed.test");
    if (!before.ok) throw new Error(before.reason);
    const organization = await putOrganization(project.id, ["claimed.test"]);
    await putConnection(project.id, { organizationId: organization.id });
    expect(reason(await signIn("ceo@claimed.test"))).toBe("sso_required");
    expect(await services.sessions.authenticate(project.id, before.token)).toMatchObject({
      ok: false,
      reason: "domain_requires_sso",
    });
  });

  test("a pending claim changes nothing (T47)", async () => {
    await register("pending@pending.test");
    await putOrganization(project.id, ["pending.test"]);
    await env.DB.prepare("UPDATE organization_domains SET state = 'pending' WHERE domain = 'pending.test'").run();
    expect(reason(await signIn("pending@pending.test"))).toBe("signed in");
  });

  test("ten wrong tries lock the account for that network, even for the right password; another network gets in (T94)", async () => {
    await register("lock@personal.example");
    // However long ten hashes take, no second passes.
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now);
    onTestFinished(() => clock.mockRestore());
    const stranger = from("203.0.113.5");
    for (let i = 0; i < 10; i++)
      expect(reason(await signIn("lock@personal.example", "wrong", stranger))).toBe("credentials_invalid");
    const locked = await signIn("lock@personal.example", PASSWORD, stranger);
    expect(locked).toMatchObject({ ok: false, reason: "too_many_attempts", retryAfter: 60 });
    expect(reason(await signIn("nobody-here@personal.example", "wrong", stranger))).toBe("credentials_invalid");
    expect(reason(await signIn("lock@personal.example", PASSWORD, from("203.0.113.6")))).toBe("signed in");
  });

  test("an unknown account is locked like a known one (T92)", async () => {
    const context = from("203.0.113.40");
    for (let i = 0; i < 10; i++) await signIn("ghost@personal.example", "wrong", context);
    expect(reason(await signIn("ghost@personal.example", "wrong", context))).toBe("too_many_attempts");
  });

  test("a project without password login takes no password", async () => {
    await env.DB.prepare("UPDATE projects SET password_login = 0 WHERE id = ?").bind(project.id).run();
    expect(reason(await signIn("kim@personal.example"))).toBe("password_login_disabled");
    await env.DB.prepare("UPDATE projects SET password_login = 1 WHERE id = ?").bind(project.id).run();
  });

  test("a weaker imported hash works and is replaced at the next login (T97)", async () => {
    const { scryptSync } = await import("node:crypto");
    const salt = Buffer.alloc(16, 7);
    const key = scryptSync(PASSWORD, salt, 32, { N: 2 ** 12, r: 8, p: 1 });
    const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
    const identity = await putIdentity(project.id, "import@personal.example");
    await env.DB.prepare("INSERT INTO password_credentials VALUES (?, ?, ?, 0, 0)")
      .bind(project.id, identity.id, `$scrypt$ln=12,r=8,p=1$${text(salt)}$${text(key)}`)
      .run();
    expect(reason(await signIn("import@personal.example"))).toBe("signed in");
    const row = await env.DB.prepare("SELECT hash FROM password_credentials WHERE identity_id = ?")
      .bind(identity.id)
      .first<{ hash: string }>();
    expect(row?.hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
    expect(reason(await signIn("import@personal.example"))).toBe("signed in");
  });
});
