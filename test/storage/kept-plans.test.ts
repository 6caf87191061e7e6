// SQLite plans a statement over several tables anew whenever its plan may rest on what is bound. Those that requests send all
// the time give it no reason to: every value stands behind a plus, or in the text (`given` and `fixed` of reusable.ts).

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/storage/database.ts";
import { readDomain, readDomains } from "../../src/storage/domains.ts";
import type { KnownLogin } from "../../src/storage/known-login.ts";
import { loginStore } from "../../src/storage/login.ts";
import { findSessionByToken } from "../../src/storage/sessions.ts";
import { countingEnv } from "../support/counting.ts";

const counted = countingEnv(env);
const db = openDatabase(counted.env.DB);
const projectId = crypto.randomUUID();
const login = loginStore(db, projectId);
const somebody = { issuer: "https://idp.example", subject: "somebody", organizationId: crypto.randomUUID() };

const address = { canonical: "somebody@nobody.example", domain: "nobody.example" };
const { issuer, subject, organizationId } = somebody;
const transaction = () => ({ id: crypto.randomUUID(), connectionId: crypto.randomUUID(), organizationId });

function known(): KnownLogin {
  const [now, ipAddress, userAgent] = [1, null, null];
  const times = { authenticatedAt: now, issuedAt: now, expiresAt: now };
  const connection = { connectionId: crypto.randomUUID(), connectionTrustRevision: 1 };
  return {
    session: {
      projectId,
      id: crypto.randomUUID(),
      organizationId,
      ...connection,
      ...times,
      authenticationMethods: [],
      ipAddress,
      userAgent,
    },
    tokenHash: "digest",
    credential: { issuer, subject },
    address,
    event: {
      id: crypto.randomUUID(),
      what: { type: "login.succeeded" },
      context: { requestId: crypto.randomUUID(), ipAddress, userAgent, actor: { type: "anonymous", id: null } },
    },
    notSince: now,
  };
}

function noSuchProject(error: unknown): void {
  expect(error).toMatchObject({ kind: "foreign_key" });
}

test.each<[string, () => Promise<unknown>]>([
  ["whoami", () => findSessionByToken(db, { projectId, sessionId: crypto.randomUUID(), tokenHash: "digest" })],
  ["a lookup that neither the isolate nor KV answers", () => readDomain(db, projectId, "nobody.example")],
  ["the truth about domains that have changed", () => readDomains(db, projectId, ["nobody.example"])],
  ["a start by connection", () => login.startFacts(crypto.randomUUID(), "nobody.example")],
  ["a start by address", () => login.domainStartFacts("nobody.example")],
  ["the routing of an address", () => login.routingFacts("nobody.example")],
  ["linking", () => login.linkingFacts(somebody, "somebody@nobody.example", "nobody.example")],
  ["the way in of somebody known", () => login.linkingFacts(somebody, address.canonical, address.domain, known())],
  ["consuming a transaction", () => login.consume({ ...transaction(), expiresAt: 1 }).catch(noSuchProject)],
])("%s binds nothing that a plan could rest on", async (_, read) => {
  counted.reset();
  await read();
  const statements = counted.d1.sql.flat();
  expect(statements.length).toBeGreaterThan(0);
  // What is only selected, or written, says nothing of how rows are found.
  for (const statement of statements) {
    expect(statement.replace(/ SELECT \?[^()]+ FROM /, "").replaceAll(/\+\?\d*/g, "")).not.toContain("?");
  }
});
