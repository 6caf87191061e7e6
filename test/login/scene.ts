// A project with two organizations and their IdPs, for whole logins inside workerd.

import { env } from "cloudflare:workers";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { createIdp, type Idp, type IdpUser } from "../support/idp/idp.ts";
import { generateSigningKey } from "../support/idp/keys.ts";
import { connectNetwork, type Network } from "../support/idp/network.ts";
import { createConnection, createOrganization, createProject } from "../support/seed.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";

export interface Scene {
  project: Project;
  origin: string;
  idpA: Idp;
  idpB: Idp;
  network: Network;
  a: { organization: Organization; connection: Connection; domain: string };
  b: { organization: Organization; connection: Connection; domain: string };
  visitor: Visitor;
  /** Starts at a connection and returns where the browser is sent. */
  start(connection: Connection, visitor?: Visitor, query?: string): Promise<URL>;
  /** A whole round trip; the answer of the callback. */
  login(connection: Connection, user: IdpUser, visitor?: Visitor): Promise<Response>;
  /** The newest audit event of the project. */
  lastEvent(): Promise<{ type: string; reason: string | null; identity_id: string | null; details: string } | null>;
  /** The audit events with this type. */
  events(type: string): Promise<{ reason: string | null }[]>;
  whoami(visitor: Visitor): Promise<{ status: number; body: Record<string, unknown> }>;
}

let serial = 0;
/** One pair for all scenes of a file; each IdP has its own. */
const [keyA, keyB] = await Promise.all([generateSigningKey("RS256"), generateSigningKey("RS256")]);

export async function createScene(environment: Env = env): Promise<Scene> {
  serial += 1;
  const [domainA, domainB] = [`a${serial}.test`, `b${serial}.test`];
  const client = { client_id: "client-1", client_secret: "secret-1" };
  const idpA = await createIdp({ issuer: `https://idp-a${serial}.test`, clients: [client], signing: keyA });
  const idpB = await createIdp({ issuer: `https://idp-b${serial}.test`, clients: [client], signing: keyB });
  const network = connectNetwork(idpA, idpB);
  const project = await createProject({ allowedReturnUrls: ["https://app.example"] });
  const side = async (idp: Idp, domain: string) => {
    const organization = await createOrganization(project, { domains: [domain] });
    const connection = await createConnection(project, {
      organizationId: organization.id,
      issuerUrl: idp.issuer,
      clientId: client.client_id,
      clientSecret: client.client_secret,
    });
    return { organization, connection, domain };
  };
  const a = await side(idpA, domainA);
  const b = await side(idpB, domainB);
  const visitor = createVisitor(environment);
  const origin = `http://${project.slug}.localhost:8787`;
  const idpOf = (connection: Connection) => (connection.issuerUrl === idpA.issuer ? idpA : idpB);

  const start: Scene["start"] = async (connection, who = visitor, query = "") => {
    const answer = await who.get(`${origin}/sso/start?connection=${connection.id}${query}`);
    if (answer.status !== 303) throw new Error(`start answered ${answer.status}: ${await answer.text()}`);
    return new URL(answer.headers.get("location") ?? "");
  };
  return {
    project,
    origin,
    idpA,
    idpB,
    network,
    a,
    b,
    visitor,
    start,
    async login(connection, user, who = visitor) {
      const callback = await idpOf(connection).authorize(await start(connection, who), user);
      return await who.get(callback);
    },
    lastEvent: () =>
      env.DB.prepare("SELECT type, reason, identity_id, details FROM events WHERE project_id = ? ORDER BY id DESC LIMIT 1")
        .bind(project.id)
        .first(),
    events: async (type) =>
      (
        await env.DB.prepare("SELECT reason FROM events WHERE project_id = ? AND type = ? ORDER BY id")
          .bind(project.id, type)
          .all<{ reason: string | null }>()
      ).results,
    async whoami(who) {
      const answer = await who.get(`${origin}/sessions/whoami`, { Accept: "application/json" });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

export const person = (domain: string, name = "ada"): IdpUser => ({
  sub: `${name}-sub`,
  email: `${name}@${domain}`,
  email_verified: true,
  name: "Ada",
});
