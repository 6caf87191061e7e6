// Every deviation of the catalogue as a whole login over HTTP: the exact reason in log and audit, and that nothing came of
// it: no session, no identity, no request beyond those that had to be made, and a page that tells nobody anything.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Connection } from "../../../src/domain/connections/connection.ts";
import type { Project } from "../../../src/domain/projects/project.ts";
import { countingEnv } from "../../support/counting.ts";
import { createIdp, type Idp, type IdpUser } from "../../support/idp/idp.ts";
import { generateSigningKey, type SigningPair } from "../../support/idp/keys.ts";
import { arrange, CATALOGUE, type IdpMutation } from "../../support/idp/mutations/index.ts";
import { connectNetwork, type Network } from "../../support/idp/network.ts";
import { createConnection, createOrganization, createProject } from "../../support/seed.ts";
import { createVisitor, type Visitor } from "../../support/visitor.ts";

let project: Project;
let network: Network;
/** What the Worker wrote to its log as the reason of a refusal. */
const logged: string[] = [];
const keys = new Map<string, Promise<SigningPair>>();

beforeAll(async () => {
  project = await createProject();
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

/** One organization with one IdP that deviates. Who is to be refused is refused before userinfo, so userinfo is asked for. */
async function stage(deviation: IdpMutation): Promise<Stage> {
  count += 1;
  const alg = deviation.alg ?? "RS256";
  const signing = keys.get(alg) ?? generateSigningKey(alg);
  keys.set(alg, signing);
  const idp = await createIdp({ issuer: `https://whole-${count}.test`, signing: await signing });
  network = connectNetwork(idp);
  const domain = `whole-${count}.example`;
  const organization = await createOrganization(project, { domains: [domain] });
  const connection = await createConnection(project, {
    organizationId: organization.id,
    issuerUrl: idp.issuer,
    clientId: "client-1",
    clientSecret: "secret-1",
    claimsSource: deviation.expect === "accepted" ? "id_token" : "userinfo",
    ...deviation.connection,
  });
  await arrange(idp, deviation);
  const user = { sub: "42", email: `kim@${domain}`, email_verified: true, name: "Kim Canary" };
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

const rowsOf = async (table: "identities" | "oidc_credentials" | "sessions") =>
  (await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE project_id = ?`).bind(project.id).first<{ n: number }>())?.n;
const everything = async () => [await rowsOf("identities"), await rowsOf("oidc_credentials"), await rowsOf("sessions")];

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

test.each(REFUSED)("$id: $title: nobody gets in, $expect", async (deviation) => {
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
  expect(JSON.stringify(events)).not.toMatch(/Kim|kim@|secret-1|code-|access-/);

  expect(await everything()).toEqual(before);
  expect(idp.to("token")).toHaveLength(deviation.tokenCalls);
  if (deviation.path !== "userinfo") expect(idp.to("userinfo")).toHaveLength(0);
  expect(network.strangers).toEqual([]);
  expect((await visitor.get(`${new URL(connection.redirectUri).origin}/sessions/whoami`)).status).toBe(401);
});

test.each(ACCEPTED)("$id: $title: gets in", async (deviation) => {
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
