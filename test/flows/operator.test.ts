// The first operator: signs in to the console project and manages with the session, as the published curl lines do.

import { afterAll, beforeAll, expect, test } from "vitest";
import { OPERATOR_EMAIL } from "../../scripts/operator.ts";
import { createHttpBrowser } from "../support/cookie-jar.ts";
import { startTestOrgate, type TestOrgate } from "../support/harness.ts";

let orgate: TestOrgate;
beforeAll(async () => {
  orgate = await startTestOrgate();
});
afterAll(() => orgate?.close());

/** Requests as curl makes them: Node's own `fetch` adds the headers by which browsers are known. */
const curl = createHttpBrowser().fetch;

async function operatorToken(password: string): Promise<string | undefined> {
  const console = orgate.baseUrl.replace("localhost", "console.localhost");
  const flow = (await (await curl(`${console}/self-service/login/api`)).json()) as { id: string };
  const answer = await curl(`${console}/self-service/login?flow=${flow.id}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ method: "password", identifier: OPERATOR_EMAIL, password }),
  });
  return ((await answer.json()) as { session_token?: string }).session_token;
}

test("an operator's session creates, lists and deletes an organization with the published curl lines", async () => {
  const cookie = `ory_session_ory=${await operatorToken(orgate.credentials.operatorPassword)}`;
  const url = `${orgate.baseUrl}/projects/${orgate.demo.projectId}/organizations`;
  const headers = { "Content-Type": "application/json", Cookie: cookie };

  const body = JSON.stringify({ domains: ["my.example.com"], label: "My Organization" });
  const created = await curl(url, { method: "POST", headers, body });
  expect(created.status).toBe(201);
  const organization = (await created.json()) as { id: string };
  expect(organization).toMatchObject({
    project_id: orgate.demo.projectId,
    label: "My Organization",
    domains: ["my.example.com"],
  });

  const list = (await (await curl(url, { headers })).json()) as { organizations: { id: string }[] };
  expect(list.organizations.find((o) => o.id === organization.id)).toEqual(organization);

  const deleted = await curl(`${url}/${organization.id}`, { method: "DELETE", headers });
  expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
});

test("without the operator's password there is no session, and without a session no management", async () => {
  expect(await operatorToken("not the password")).toBeUndefined();
  const headers = { Cookie: "ory_session_ory=orgate_st_made_up" };
  expect((await curl(`${orgate.baseUrl}/projects`, { headers })).status).toBe(401);
});

test("a person of another project is no operator", async () => {
  const flow = (await (await curl(`${orgate.baseUrl}/self-service/login/api`)).json()) as { id: string };
  const answer = await curl(`${orgate.baseUrl}/self-service/login?flow=${flow.id}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ method: "password", identifier: "pat@personal.example", password: orgate.credentials.localPassword }),
  });
  const { session_token } = (await answer.json()) as { session_token: string };
  expect(session_token).toMatch(/^orgate_st_/);
  for (const headers of [{ Cookie: `ory_session_ory=${session_token}` }, { Authorization: `Bearer ${session_token}` }]) {
    expect((await curl(`${orgate.baseUrl}/projects`, { headers })).status).toBe(401);
  }
});
