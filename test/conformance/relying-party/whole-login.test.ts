// Every deviation of the catalogue as a whole login over HTTP: the exact reason in log and audit, and that nothing came of
// it: no session, no identity, no request beyond those that had to be made, and a page that tells nobody anything.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../../src/domain/connections/connection.ts";
import type { Organization } from "../../../src/domain/organizations/organization.ts";
import type { Project } from "../../../src/domain/projects/project.ts";
import { createScene, person, type Scene } from "../../login/scene.ts";
import { countingEnv } from "../../support/counting.ts";
import { createIdp, type Idp, type IdpUser } from "../../support/idp/idp.ts";
import { generateSigningKey, type SigningPair } from "../../support/idp/keys.ts";
import { arrange, CATALOGUE, type IdpMutation, titled } from "../../support/idp/mutations/index.ts";
import { connectNetwork, type Network } from "../../support/idp/network.ts";
import { createConnection, createOrganization, createProject, services, systemContext } from "../../support/seed.ts";
import { createVisitor, type Visitor } from "../../support/visitor.ts";

const DOMAIN = "whole.example";
let project: Project;
let organization: Organization;
let network: Network;
/** What the Worker wrote to its log as the reason of a refusal. */
const logged: string[] = [];
const keys = new Map<string, Promise<SigningPair>>();

beforeAll(async () => {
  project = await createProject();
  organization = await createOrganization(project, { domains: [DOMAIN] });
});
afterEach(() => {
  network.restore();
  vi.restoreAllMocks();
});

let count = 0;

interface Stage {
  idp: Idp;
  connection: Connection;
  user: IdpUser;
  /** A browser in front of an isolate that knows nothing. */
  visitor: Visitor;
}

/** A connection to one IdP that deviates. Who is to be refused is refused before userinfo, so userinfo is asked for. */
async function stage(deviation: IdpMutation): Promise<Stage> {
  count += 1;
  const alg = deviation.alg ?? "RS256";
  const signing = keys.get(alg) ?? generateSigningKey(alg);
  keys.set(alg, signing);
  const idp = await createIdp({ issuer: `https://whole-${count}.test`, signing: await signing });
  network = connectNetwork(idp);
  const connection = await createConnection(project, {
    organizationId: organization.id,
    issuerUrl: idp.issuer,
    clientId: "client-1",
    clientSecret: "secret-1",
    claimsSource: deviation.expect === "accepted" ? "id_token" : "userinfo",
    ...deviation.connection,
  });
  await arrange(idp, deviation);
  const user = { sub: "42", email: `kim-${count}@${DOMAIN}`, email_verified: true, name: "Kim Canary" };
  logged.length = 0;
  vi.spyOn(console, "warn").mockImplementation((line: string) => {
    const { message, reason } = JSON.parse(line);
    if (message === "login_refused") logged.push(reason);
  });
  return { idp, connection, user, visitor: createVisitor(countingEnv(env).env) };
}

/** Start, IdP, callback; the answer at which the login ends. */
async function login({ idp, connection, user, visitor }: Stage, deviation: IdpMutation): Promise<Response> {
  const begun = await visitor.get(`${new URL(connection.redirectUri).origin}/sso/start?connection=${connection.id}`);
  if (begun.status !== 303) return begun;
  const callback = await idp.authorize(new URL(begun.headers.get("location") ?? ""), user);
  deviation.callback?.(callback, idp);
  return await visitor.get(callback);
}

const everything = () =>
  env.DB.prepare(
    `SELECT (SELECT count(*) FROM identities WHERE project_id = ?1) AS identities,
            (SELECT count(*) FROM oidc_credentials WHERE project_id = ?1) AS credentials,
            (SELECT count(*) FROM sessions WHERE project_id = ?1) AS sessions`,
  )
    .bind(project.id)
    .first();

const eventsOf = async (connection: Connection) =>
  (
    await env.DB.prepare(
      "SELECT type, reason, details FROM events WHERE project_id = ? AND connection_id = ? AND type LIKE 'login.%'",
    )
      .bind(project.id, connection.id)
      .all<{ type: string; reason: string | null; details: string }>()
  ).results;

const REFUSED = CATALOGUE.filter((deviation) => deviation.expect !== "accepted");
const ACCEPTED = CATALOGUE.filter((deviation) => deviation.expect === "accepted");

test.each(titled(REFUSED))("%s: nobody gets in", async (_title, deviation) => {
  const scene = await stage(deviation);
  const { idp, connection, user, visitor } = scene;
  const before = await everything();
  const answer = await login(scene, deviation);

  expect([400, 403, 502]).toContain(answer.status);
  expect(answer.headers.getSetCookie().join("\n")).not.toContain("orgate_session");
  expect(answer.headers.get("location")).toBeNull();
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const page = await answer.text();
  expect(page).toMatch(/Reference/);
  for (const secret of [user["email"], user["name"], idp.issuer, "secret-1", deviation.expect, "code-", "evil.test"])
    expect(page).not.toContain(secret);

  expect(logged).toEqual([deviation.atTheDoor ?? deviation.expect]);
  const events = await eventsOf(connection);
  // What no transaction stands behind is strangers' nonsense and writes no row.
  if (deviation.atTheDoor) expect(events).toEqual([]);
  else expect(events).toMatchObject([{ type: "login.refused", reason: deviation.expect }]);
  expect(JSON.stringify(events)).not.toMatch(/Kim|kim-|secret-1|code-|access-/);

  expect(await everything()).toEqual(before);
  expect(idp.to("token")).toHaveLength(deviation.tokenCalls);
  if (deviation.path !== "userinfo") expect(idp.to("userinfo")).toHaveLength(0);
  expect(network.strangers).toEqual([]);
  expect((await visitor.get(`${new URL(connection.redirectUri).origin}/sessions/whoami`)).status).toBe(401);
});

test.each(titled(ACCEPTED))("%s: gets in", async (_title, deviation) => {
  const scene = await stage(deviation);
  const { idp, connection, user, visitor } = scene;
  const answer = await login(scene, deviation);
  expect(logged).toEqual([]);
  expect(answer.status).toBe(303);
  expect(await eventsOf(connection)).toMatchObject([{ type: "login.succeeded" }]);
  const whoami = await visitor.get(`${new URL(connection.redirectUri).origin}/sessions/whoami`);
  expect(await whoami.json()).toMatchObject({ identity: { traits: { email: user["email"] } } });
  expect(idp.to("token")).toHaveLength(1);
  expect(network.strangers).toEqual([]);
});

describe("T75: an IdP that does not answer", () => {
  let scene: Scene;
  let visitor: Visitor;
  beforeEach(async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ["Date"] });
    scene = await createScene();
    network = scene.network;
    visitor = createVisitor(countingEnv(env).env);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const reasons = async () => (await scene.events("login.refused")).map(({ reason }) => reason).sort();
  const start = () => visitor.get(`${scene.origin}/sso/start?connection=${scene.a.connection.id}`);
  const loginAt = async (idp: Idp, { connection, domain }: Scene["a"]) =>
    await visitor.get(await idp.authorize(await scene.start(connection, visitor), person(domain)));

  test("token endpoint: after five logins it is not asked, others go on, and 30 s later one login finds it back", async () => {
    scene.idpA.mutate({ faults: { token: "reset" } });
    for (let i = 0; i < 5; i++) expect((await loginAt(scene.idpA, scene.a)).status).toBe(502);
    expect(scene.idpA.to("token")).toHaveLength(5);

    for (let i = 0; i < 3; i++) expect((await loginAt(scene.idpA, scene.a)).status).toBe(502);
    expect(scene.idpA.to("token")).toHaveLength(5);
    expect(await reasons()).toEqual([...Array(3).fill("idp_unavailable"), ...Array(5).fill("token_endpoint_unreachable")]);
    expect((await loginAt(scene.idpB, scene.b)).status).toBe(303);

    scene.idpA.mutate({});
    expect((await loginAt(scene.idpA, scene.a)).status).toBe(502);
    vi.setSystemTime(Date.now() + 30_000);
    expect((await loginAt(scene.idpA, scene.a)).status).toBe(303);
    expect((await loginAt(scene.idpA, scene.a)).status).toBe(303);
  });

  test("F32: of 50 logins that arrive together none waits for it, and another organization's cost what they always cost", async () => {
    scene.idpA.mutate({ faults: { discovery: "reset" } });
    for (let i = 0; i < 5; i++) expect((await start()).status).toBe(502);
    scene.network.clear();
    const [answers, other] = await Promise.all([Promise.all(Array.from({ length: 50 }, start)), loginAt(scene.idpB, scene.b)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    expect(scene.idpA.requests).toHaveLength(0);
    expect(other.status).toBe(303);
    expect(scene.idpB.requests.map(({ path }) => path)).toEqual(["discovery", "token", "jwks"]);
    // Named once a minute, however many come.
    expect(await reasons()).toEqual(["discovery_unreachable", "idp_unavailable"]);
    const page = await (await start()).text();
    expect(page).toContain("not answering");
  });

  test("metadata and keys that are known serve on, and a connection that is re-pointed starts anew", async () => {
    expect((await loginAt(scene.idpA, scene.a)).status).toBe(303);
    scene.idpA.mutate({ faults: { discovery: "reset", jwks: "reset" } });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    for (let i = 0; i < 8; i++) {
      vi.setSystemTime(Date.now() + 31_000);
      expect((await loginAt(scene.idpA, scene.a)).status).toBe(303);
    }
    scene.idpA.mutate({ faults: { token: "reset" } });
    for (let i = 0; i < 6; i++) await loginAt(scene.idpA, scene.a);
    scene.idpA.mutate({});
    for (const state of ["disabled", "enabled"] as const)
      await services().connections.update(scene.project.id, scene.a.connection.id, { state }, undefined, systemContext);
    expect((await loginAt(scene.idpA, scene.a)).status).toBe(303);
  });
});
