// SQLite plans a statement over several tables anew whenever its plan may rest on what is bound. Those that requests send all
// the time give it no reason to: every value stands behind a plus, or in the text (`given` and `fixed` of reusable.ts).

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/storage/database.ts";
import { readDomains } from "../../src/storage/domains.ts";
import { loginStore } from "../../src/storage/login.ts";
import { findSessionByToken } from "../../src/storage/sessions.ts";
import { countingEnv } from "../support/counting.ts";

const counted = countingEnv(env);
const db = openDatabase(counted.env.DB);
const projectId = crypto.randomUUID();
const login = loginStore(db, projectId);
const somebody = { issuer: "https://idp.example", subject: "somebody", organizationId: crypto.randomUUID() };

test.each<[string, () => Promise<unknown>]>([
  ["whoami", () => findSessionByToken(db, { projectId, sessionId: crypto.randomUUID(), tokenHash: "digest" })],
  ["a lookup that nobody remembers", () => readDomains(db, projectId, ["nobody.example"])],
  ["a start by connection", () => login.startFacts(crypto.randomUUID(), "nobody.example")],
  ["a start by address", () => login.domainStartFacts("nobody.example")],
  ["the routing of an address", () => login.routingFacts("nobody.example")],
  ["linking", () => login.linkingFacts(somebody, "somebody@nobody.example", "nobody.example")],
])("%s binds nothing that a plan could rest on", async (_, read) => {
  counted.reset();
  await read();
  const statements = counted.d1.sql.flat();
  expect(statements.length).toBeGreaterThan(0);
  for (const statement of statements) expect(statement.replaceAll("+?", "")).not.toContain("?");
});
