// The paths of people who sign in, each taken once in an isolate of the temperature that its name says.

import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Budget } from "../../bench/budgets.ts";
import { emptyFilter } from "../../src/domain/domains/domain-filter.ts";
import { POSITIVE_TTL } from "../../src/domain/domains/service.ts";
import { nightShift } from "../../src/jobs/night-shift.ts";
import { servicesFor } from "../../src/services.ts";
import { filterKeyOf, keyOf } from "../../src/storage/domain-index.ts";
import { person, type Scene } from "../login/scene.ts";
import { formOf } from "../selfservice/scene.ts";
import type { CountedEnv } from "../support/counting.ts";
import type { IdpUser } from "../support/idp/idp.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { measure, newIsolate } from "./meter.ts";

const JSON_CLIENT = { Accept: "application/json", "Content-Type": "application/json" };
const PASSWORD = "violet harbour ladder 42";

type Costs = Record<string, Budget>;

/** The domain and the host as the address field asks for them; first without the filter of the project's domains, then with it. */
export async function lookupPaths(scene: Scene): Promise<Costs> {
  const { project, origin, a } = scene;
  const host = new URL(origin).hostname;
  const lookUp = async (isolate: CountedEnv, domain: string) => {
    const url = `${origin}/self-service/sso?identifier=${encodeURIComponent(`pat@${domain}`)}`;
    const { answer, cost } = await measure(isolate, scene.network, () => createVisitor(isolate.env).get(url));
    expectStatus(answer, 200);
    return cost;
  };
  /** Knows the host, and whether the project has a filter. */
  const warmIsolate = async () => {
    const isolate = newIsolate(env);
    await lookUp(isolate, "elsewhere.example");
    return isolate;
  };
  const { domains, runtime } = servicesFor(newIsolate(env).env);
  await runtime.domainIndex.putHost(host, project.id);
  await domains.reconcile(project.id, [a.domain]);
  await env.DOMAIN_INDEX.delete(filterKeyOf(project.id));
  const isolate = newIsolate(env);
  const lookupInNewIsolate = await lookUp(isolate, a.domain);
  const lookupIsolateWarm = await lookUp(isolate, a.domain);
  const unfiltered = await warmIsolate();
  const lookupUnknownUnfiltered = await lookUp(unfiltered, "nobody.example");
  await env.DOMAIN_INDEX.delete(keyOf(project.id, a.domain));
  const lookupColdUnfiltered = await lookUp(unfiltered, a.domain);
  const lookupColdAgain = await later(POSITIVE_TTL, async () => {
    await lookUp(unfiltered, "elsewhere.example"); // the host is known again
    return await lookUp(unfiltered, a.domain);
  });
  await Promise.all([env.DOMAIN_INDEX.delete(keyOf(project.id, a.domain)), env.DOMAIN_INDEX.delete(`host:v1:${host}`)]);
  const lookupNothingKnown = await lookUp(newIsolate(env), a.domain);

  await domains.reconcile(project.id, [a.domain]);
  await nightShift(runtime);
  const lookupKvWarm = await lookUp(await warmIsolate(), a.domain);
  const lookupUnknown = await lookUp(await warmIsolate(), "nobody.example");
  const before = { projectId: project.id, revision: 0, count: 0, at: Date.now(), bits: emptyFilter(0) };
  await runtime.domainIndex.putFilter(before); // of a time when nobody owned the domain
  const lookupCold = await lookUp(await warmIsolate(), a.domain);
  return {
    ...{ lookupIsolateWarm, lookupKvWarm, lookupCold, lookupUnknown, lookupInNewIsolate, lookupNothingKnown },
    ...{ lookupUnknownUnfiltered, lookupColdUnfiltered, lookupColdAgain },
  };
}

/** As if so many milliseconds had passed. */
async function later<T>(ms: number, act: () => Promise<T>): Promise<T> {
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + ms);
  try {
    return await act();
  } finally {
    clock.mockRestore();
  }
}

/** Single sign-on, and what comes before and after it. `name` is of the one who comes for the first time. */
export async function ssoPaths(scene: Scene, name: string): Promise<Costs> {
  const { origin, idpA, network, a } = scene;
  const startUrl = `${origin}/sso/start?connection=${a.connection.id}`;
  const at = (isolate: CountedEnv, visitor?: Visitor) => withCookies(createVisitor(isolate.env), visitor);
  const start = async (isolate: CountedEnv, visitor: Visitor) => {
    const { answer, cost } = await measure(isolate, network, () => visitor.get(startUrl));
    expectStatus(answer, 303);
    return { cost, url: new URL(answer.headers.get("location") ?? "") };
  };
  const finish = async (isolate: CountedEnv, visitor: Visitor, url: URL, user: IdpUser, status = 303) => {
    const callback = await idpA.authorize(url, user);
    const { answer, cost } = await measure(isolate, network, () => visitor.get(callback));
    expectStatus(answer, status);
    return cost;
  };
  const ada = person(a.domain);

  const warm = newIsolate(env);
  const regular = at(warm);
  await finish(warm, regular, (await start(warm, regular)).url, ada); // keys and metadata are in KV from here on
  await env.DB.prepare("UPDATE connections SET last_succeeded_at = NULL WHERE id = ?").bind(a.connection.id).run();
  regular.cookies.clear();
  const callbackFirstInTenMinutes = await finish(warm, regular, (await start(warm, regular)).url, ada);
  regular.cookies.clear();
  const started = await start(warm, regular);
  const callback = await finish(warm, regular, started.url, ada);
  const whoami = await measure(warm, network, () => regular.get(`${origin}/sessions/whoami`, JSON_CLIENT));
  const newcomer = at(warm);
  const callbackFirstLogin = await finish(warm, newcomer, (await start(warm, newcomer)).url, person(a.domain, name));
  const stranger = at(warm);
  const foreign = { ...person("foreign.example", name) };
  const refusedLogin = await finish(warm, stranger, (await start(warm, stranger)).url, foreign, 403);
  const typing = at(warm);
  const loginPage = await measure(warm, network, () => typing.get(`${origin}/login`));
  const form = formOf(await loginPage.answer.clone().text());
  const submitted = await measure(warm, network, () =>
    typing.post(new URL(form.action, origin), { ...form.fields, method: "identifier_first", identifier: `ada@${a.domain}` }),
  );
  expectStatus(submitted.answer, 303);
  const logoutUrl = await measure(warm, network, () => regular.get(`${origin}/self-service/logout/browser`, JSON_CLIENT));
  const { logout_url } = await logoutUrl.answer.json<{ logout_url: string }>();
  const { cost: logout } = await measure(warm, network, () => regular.get(logout_url));

  const [coldStart, coldEnd, coldHost] = [newIsolate(env), newIsolate(env), newIsolate(env)];
  const visitor = at(coldStart);
  const startedCold = await start(coldStart, visitor);
  const visitorAtEnd = at(coldEnd, visitor);
  const callbackIsolateCold = await finish(coldEnd, visitorAtEnd, startedCold.url, ada);
  const whoamiHostCold = await measure(coldHost, network, () =>
    at(coldHost, visitorAtEnd).get(`${origin}/sessions/whoami`, JSON_CLIENT),
  );

  await forgetIdps();
  const unknowing = newIsolate(env);
  const startedUnknowing = await start(unknowing, at(unknowing));
  await forgetIdps();
  const again = at(coldStart);
  const { url } = await start(coldStart, again);
  const last = newIsolate(env);
  const callbackNothingKnown = await finish(last, at(last, again), url, ada);
  return {
    loginPage: loginPage.cost,
    ssoStart: started.cost,
    ssoStartByAddress: submitted.cost,
    ssoStartIsolateCold: startedCold.cost,
    ssoStartNothingKnown: startedUnknowing.cost,
    callback,
    callbackFirstInTenMinutes,
    callbackFirstLogin,
    callbackIsolateCold,
    callbackNothingKnown,
    refusedLogin,
    whoami: whoami.cost,
    whoamiHostCold: whoamiHostCold.cost,
    logoutLink: logoutUrl.cost,
    logout,
  };
}

/** Passwords, from a network of its own each time, so that no counter is met twice. */
export async function passwordPaths(scene: Scene, name: string, ipAddress: string): Promise<Costs> {
  const { origin, network } = scene;
  const isolate = newIsolate(env);
  const visitor = createVisitor(isolate.env, ipAddress);
  await visitor.get(`${origin}/login`);
  visitor.cookies.clear();
  const begin = (kind: string) =>
    measure(isolate, network, () =>
      visitor.send(`${origin}/self-service/${kind}/api`, { headers: { Accept: "application/json" } }),
    );
  const submit = async (kind: string, fields: Record<string, unknown>, status = 200) => {
    const { ui } = await (await begin(kind)).answer.json<{ ui: { action: string } }>();
    const body = JSON.stringify({ method: "password", ...fields });
    const { answer, cost } = await measure(isolate, network, () =>
      visitor.send(ui.action, { method: "POST", headers: JSON_CLIENT, body }),
    );
    expectStatus(answer, status);
    return cost;
  };
  const email = `${name}@personal.example`;
  return {
    loginFlow: (await begin("login")).cost,
    registration: await submit("registration", { traits: { email, name: "Pat" }, password: PASSWORD }),
    passwordLogin: await submit("login", { identifier: email, password: PASSWORD }),
    passwordWrong: await submit("login", { identifier: email, password: "wrong horse battery" }, 400),
  };
}

/** What KV knows of identity providers. */
async function forgetIdps(): Promise<void> {
  const { keys } = await env.IDP_CACHE.list();
  await Promise.all(keys.map(({ name }) => env.IDP_CACHE.delete(name)));
}

function withCookies(visitor: Visitor, from?: Visitor): Visitor {
  for (const [host, jar] of from?.cookies ?? []) visitor.cookies.set(host, new Map(jar));
  return visitor;
}

export function expectStatus(answer: Response, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.url} answered ${answer.status}, not ${status}`);
}
