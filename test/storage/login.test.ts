import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { ConstraintViolation, violatesUnique } from "../../src/storage/database.ts";
import { loginStore } from "../../src/storage/login.ts";
import * as schema from "../../src/storage/schema.ts";
import {
  countRows,
  database,
  freshId,
  putConnection,
  putIdentity,
  putOrganization,
  putProject,
  sessionFor,
} from "../support/rows.ts";

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof ConstraintViolation ? `${error.kind} ${error.on}` : error),
  );

describe("consuming a transaction", () => {
  test("of 50 parallel callers exactly one wins and reads; the others learn that it was used (T1)", async () => {
    const project = await putProject();
    const connection = await putConnection(project.id);
    const store = loginStore(database, project.id);
    const transaction = { id: freshId(), connectionId: connection.id, organizationId: null, expiresAt: 1 };
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => store.consume(transaction)));
    const won = outcomes.filter((o) => o.status === "fulfilled");
    expect(won).toHaveLength(1);
    expect(won[0]?.value.connection?.id).toBe(connection.id);
    for (const lost of outcomes.filter((o) => o.status === "rejected")) {
      expect(violatesUnique(lost.reason, "consumed_transactions")).toBe(true);
    }
  });

  test("reads each table's own columns although their names are equal", async () => {
    const project = await putProject();
    const organization = await putOrganization(project.id, ["cols.test"], { label: "The organization" });
    const connection = await putConnection(project.id, { organizationId: organization.id, label: "The connection" });
    const ground = await loginStore(database, project.id).consume({
      id: freshId(),
      connectionId: connection.id,
      organizationId: organization.id,
      expiresAt: 1,
    });
    expect(ground.connection).toEqual(connection);
    expect(ground.organization).toMatchObject({ id: organization.id, label: "The organization" });
    expect(ground.project).toMatchObject({ revision: project.revision });
  });
});

describe("who an assertion could stand for", () => {
  async function scene() {
    const project = await putProject();
    const organization = await putOrganization(project.id, ["who.test"]);
    const connection = await putConnection(project.id, { organizationId: organization.id });
    const traits = { email: "ada@who.test", name: 'Ada "the first" Łovelace' };
    const ada = await putIdentity(project.id, "ada@who.test", { organizationId: organization.id, traits, metadataAdmin: [1] });
    const eve = await putIdentity(project.id, "eve@who.test", { organizationId: organization.id });
    const row = { projectId: project.id, organizationKey: organization.id, organizationId: organization.id, createdAt: 0 };
    const link = (subject: string, identityId: string, issuer = "https://idp-a.test") =>
      database.commit([database.query.insert(schema.oidcCredentials).values({ ...row, issuer, subject, identityId })]);
    await link("ada", ada.id);
    const facts = (subject: string, email: string, domain = "who.test") =>
      loginStore(database, project.id).linkingFacts(
        { organizationId: organization.id, issuer: "https://idp-a.test", subject },
        email,
        domain,
      );
    return { organization, connection, ada, eve, link, facts };
  }

  test("somebody known is read whole, and is the owner of their address; nobody's issuers are read", async () => {
    const { ada, organization, facts } = await scene();
    expect(await facts("ada", "ada@who.test")).toEqual({
      entered: false,
      byCredential: ada,
      byEmail: ada,
      knownIssuers: [],
      organizationIssuers: [],
      domain: { organizationId: organization.id, state: "active" },
    });
  });

  test("somebody known under another's address: both are read (T41)", async () => {
    const { ada, eve, facts } = await scene();
    expect(await facts("ada", "eve@who.test")).toMatchObject({ byCredential: ada, byEmail: eve });
    expect(await facts("ada", "nobody@who.test")).toMatchObject({ byCredential: ada, byEmail: null });
    expect(await facts("ada", "")).toMatchObject({ byCredential: ada, byEmail: null });
  });

  test("somebody unknown under a known address: with its issuers and those of the organization (T44, T60)", async () => {
    const { ada, connection, link, facts } = await scene();
    await link("ada-there", ada.id, "https://idp-b.test");
    const found = await facts("another", "ada@who.test");
    expect(found).toMatchObject({ byCredential: null, byEmail: ada, organizationIssuers: [connection.issuerUrl] });
    expect(found.knownIssuers.toSorted()).toEqual(["https://idp-a.test", "https://idp-b.test"]);
  });

  test("somebody nobody knows, under a domain nobody owns", async () => {
    const { connection, facts } = await scene();
    expect(await facts("another", "new@nowhere.test", "nowhere.test")).toEqual({
      entered: false,
      byCredential: null,
      byEmail: null,
      knownIssuers: [],
      organizationIssuers: [connection.issuerUrl],
      domain: null,
    });
  });
});

describe("a session is stored only on the ground it was granted on (T58)", () => {
  async function scene() {
    const project = await putProject();
    const organization = await putOrganization(project.id, ["a.test"]);
    const connection = await putConnection(project.id, { organizationId: organization.id });
    const identity = await putIdentity(project.id, "ada@a.test", { organizationId: organization.id });
    const store = loginStore(database, project.id);
    const session = sessionFor(identity, {
      organizationId: organization.id,
      connectionId: connection.id,
      connectionTrustRevision: connection.trustRevision,
    });
    const commit = () => database.commit([store.createSession(session, "hash", identity.emailDomain)]);
    const run = (sql: string, ...values: unknown[]) =>
      env.DB.prepare(sql)
        .bind(...values)
        .run();
    return { project, organization, connection, identity, store, session, commit, run };
  }

  test("stored while everything holds", async () => {
    const { commit } = await scene();
    expect(await commit()).toEqual([1]);
  });

  test.each<[string, (s: Awaited<ReturnType<typeof scene>>) => Promise<unknown>]>([
    ["the connection was disabled", (s) => s.run("UPDATE connections SET state = 'disabled' WHERE id = ?", s.connection.id)],
    ["the connection was re-pointed", (s) => s.run("UPDATE connections SET trust_revision = 2 WHERE id = ?", s.connection.id)],
    ["the connection was deleted", (s) => s.run("DELETE FROM connections WHERE id = ?", s.connection.id)],
    [
      "the organization was disabled",
      (s) => s.run("UPDATE organizations SET state = 'disabled' WHERE id = ?", s.organization.id),
    ],
    ["the domain was taken away", (s) => s.run("DELETE FROM organization_domains WHERE organization_id = ?", s.organization.id)],
    [
      "the domain's claim is only pending",
      (s) => s.run("UPDATE organization_domains SET state = 'pending' WHERE organization_id = ?", s.organization.id),
    ],
    ["the person was deactivated", (s) => s.run("UPDATE identities SET state = 'inactive' WHERE id = ?", s.identity.id)],
    [
      "the person left the organization",
      (s) => s.run("UPDATE identities SET organization_id = NULL WHERE id = ?", s.identity.id),
    ],
  ])("not stored when %s, and the rest of its batch is undone", async (_name, change) => {
    const s = await scene();
    await change(s);
    const before = [await countRows("sessions"), await countRows("identities")];
    const bystander = { ...s.identity, id: freshId(), email: `by${freshId()}@x.test`, organizationId: null };
    const outcome = refusal(
      database.commit([s.store.createIdentity(bystander), s.store.createSession(s.session, "hash", s.identity.emailDomain)]),
    );
    expect(await outcome).toBe("check sessions.token_hash");
    expect([await countRows("sessions"), await countRows("identities")]).toEqual(before);
  });

  test("a local session is not stored once an organization owns the address's domain (T54, T55)", async () => {
    const project = await putProject();
    const identity = await putIdentity(project.id, "pat@later.test");
    const store = loginStore(database, project.id);
    const commit = () => database.commit([store.createSession(sessionFor(identity), "hash", identity.emailDomain)]);
    expect(await commit()).toEqual([1]);
    await putOrganization(project.id, ["later.test"]);
    expect(await refusal(commit())).toBe("check sessions.token_hash");
  });
});

test("no row of one project can point at a row of another", async () => {
  const [one, two] = [await putProject(), await putProject()];
  const foreign = await putOrganization(two.id, ["two.test"]);
  const identity = await putIdentity(two.id, "eve@two.test");
  const q = database.query;
  const attempts = [
    q
      .insert(schema.organizationDomains)
      .values({ projectId: one.id, domain: "x.test", organizationId: foreign.id, state: "active", position: 0, createdAt: 0 }),
    q
      .insert(schema.passwordCredentials)
      .values({ projectId: one.id, identityId: identity.id, hash: "x", createdAt: 0, updatedAt: 0 }),
    q.insert(schema.sessions).values({ ...sessionFor(identity), projectId: one.id, tokenHash: "x" }),
    q.insert(schema.identities).values({ ...identity, projectId: one.id, id: freshId(), organizationId: foreign.id }),
  ];
  for (const attempt of attempts) expect(await refusal(database.commit([attempt]))).toMatch(/^foreign_key/);
  await expect(putConnection(one.id, { organizationId: foreign.id })).rejects.toThrow("foreign_key");
});
