// The lookup that is answered before the app is asked: it says what the app would say, letter by letter, or leaves it to it.

import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { createLookup } from "../../src/http/selfservice/lookup.ts";
import worker from "../../src/index.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import { putConnection, putOrganization, putProject } from "../support/rows.ts";

const looks = createLookup();
const app = createApp(looks);
const isolate = countingEnv(env);
const HOSTS = ["localhost:8787", "demo.localhost:8787", "other.localhost:8787", "login.acme.example"];
const LONG = `${["a", "b", "c"].map((letter) => letter.repeat(60)).join(".")}.example`;
const DOMAINS = ["acme.example", "xn--bcher-kva.example", "gmail.com", LONG];
const lookup = (host: string, identifier: string) => `http://${host}/self-service/sso?identifier=${identifier}`;

// What is remembered is not forgotten meanwhile, however long the tests take.
const now = Date.now();
beforeEach(() => void vi.spyOn(Date, "now").mockReturnValue(now));

beforeAll(async () => {
  vi.spyOn(Date, "now").mockReturnValue(now);
  const demo = await putProject({ slug: "demo", hostnames: ["login.acme.example"] });
  const acme = await putOrganization(demo.id, ["acme.example", "xn--bcher-kva.example", LONG]);
  await putConnection(demo.id, { organizationId: acme.id, label: "Acme <SSO> ü" });
  await putProject({ slug: "other" });
  for (const host of HOSTS) for (const domain of DOMAINS) await ordinary(new Request(lookup(host, `pat@${domain}`)));
});

async function ordinary(request: Request, on: CountedEnv = isolate): Promise<Response> {
  const context = createExecutionContext();
  const answer = await app.fetch(request, on.env, context);
  await waitOnExecutionContext(context);
  return answer;
}

/** Undefined when it is left to the app. */
async function atOnce(request: Request, on: CountedEnv = isolate): Promise<Response | undefined> {
  const left = new Response();
  const answer = await looks.quick(request, on.env, () => left);
  return answer === left ? undefined : answer;
}

/** Without the id that every request has of its own. */
async function seen(answer: Response) {
  const headers = Object.fromEntries(answer.headers);
  const id = headers["x-request-id"] ?? "";
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  return { status: answer.status, headers: { ...headers, "x-request-id": "" }, body: (await answer.text()).replaceAll(id, "") };
}

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
/** Mostly what is simple, and something odd now and then. */
const mostly = (usual: fc.Arbitrary<string>, ...odd: string[]) =>
  fc.oneof({ arbitrary: usual, weight: 8 }, { arbitrary: oneOf(...odd), weight: 2 });
const letters = fc.stringMatching(/^[A-Za-z0-9._%+@ü=&#/-]{0,12}$/);
const addresses = fc.record({
  scheme: mostly(oneOf("http://", "https://"), "HTTP://"),
  user: mostly(fc.constant(""), "pat@", "login.acme.example@"),
  host: mostly(
    oneOf("localhost", "demo.localhost", "other.localhost", "login.acme.example"),
    ...[
      "LOCALHOST",
      "Demo.localhost",
      "nobody.localhost",
      "login.acme.example.",
      "127.0.0.1",
      "127.1",
      "0x7f.1",
      "[::1]",
      "ａ.example",
    ],
    ...["a--b", "-demo.localhost", "demo..localhost", "%64emo.localhost"],
  ),
  port: mostly(oneOf("", ":8787"), ":80", ":443", ":0", ":08787", ":65535", ":"),
  path: mostly(
    fc.constant("/self-service/sso"),
    ...["/self-service/sso/", "//self-service/sso", "/self-service//sso", "/x/../self-service/sso", "/Self-Service/sso"],
    ...["/self-service/ss%6f", "\\self-service\\sso", "/console/self-service/sso", "/self-service/sso;a"],
  ),
  name: mostly(
    fc.constant("?identifier="),
    "?a=b&identifier=",
    "?identifier",
    "?Identifier=",
    "?%69dentifier=",
    "?identifier[]=",
    "#?identifier=",
  ),
  local: fc.oneof(
    { arbitrary: oneOf("pat", "P.a-t_1", "a.b"), weight: 6 },
    {
      arbitrary: oneOf(
        "",
        ".pat",
        "pat.",
        "a..b",
        "a".repeat(64),
        "a".repeat(65),
        "a%2Bb",
        "a+b",
        "%41",
        "%20pat",
        "%C3%BC",
        "%",
        "%zz",
        "%00",
      ),
      weight: 2,
    },
    { arbitrary: letters, weight: 2 },
  ),
  at: mostly(oneOf("@", "%40"), "", "@@", "%40%40", "%2540", "＠"),
  domain: fc.oneof(
    { arbitrary: oneOf("acme.example", "ACME.example", "xn--bcher-kva.example", "gmail.com"), weight: 6 },
    {
      arbitrary: oneOf(
        "acme.example.",
        "acme..example",
        "acme",
        "1.2.3.4",
        "acme.example%20",
        "acme%2Eexample",
        "b%C3%BCcher.example",
        "acme.example/",
        `${"a".repeat(260)}.example`,
        "XN--BCHER-KVA.example",
      ),
      weight: 2,
    },
    { arbitrary: letters, weight: 1 },
  ),
  rest: mostly(fc.constant(""), "&identifier=x@gmail.com", "&a=b", "&", "#x", "#&identifier=x", "?", ";", "\t", " "),
});

test("whatever is asked, it is answered as by the app, or by the app", async () => {
  let answered = 0;
  let left = 0;
  await fc.assert(
    fc.asyncProperty(addresses, oneOf("GET", "GET", "GET", "GET", "HEAD", "POST"), async (parts, method) => {
      const url = Object.values(parts).join("");
      if (!URL.canParse(url)) return;
      const accept = { Accept: "application/json" };
      const quick = await atOnce(new Request(url, { method, headers: accept }));
      if (!quick) {
        left += 1;
        return;
      }
      answered += 1;
      expect(method).toBe("GET");
      expect(await seen(quick)).toEqual(await seen(await ordinary(new Request(url, { headers: accept }))));
    }),
    { numRuns: 1000, seed: 7 },
  );
  expect(answered).toBeGreaterThan(50);
  expect(left).toBeGreaterThan(50);
});

test.each([
  ["64 characters in front of the @", `${"a".repeat(64)}@acme.example`, true],
  ["65 characters in front of the @", `${"a".repeat(65)}@acme.example`, false],
  ["254 characters", `${"a".repeat(63)}@${LONG}`, true],
  ["255 characters", `${"a".repeat(64)}@${LONG}`, false],
  ["two dots in a row", "a..b@acme.example", false],
  ["a dot at the beginning", ".a@acme.example", false],
  ["a dot at the end", "a.@acme.example", false],
])("an address with %s is judged as the app judges it", async (_, identifier, isAddress) => {
  const request = new Request(lookup("demo.localhost:8787", identifier));
  const expected = await seen(await ordinary(request));
  expect(JSON.parse(expected.body).sso).toBe(isAddress);
  const quick = await atOnce(request);
  expect(quick && (await seen(quick))).toEqual(isAddress ? expected : undefined);
});

/** What the platform hands over has not been through a URL parser, as a Request of a test has. */
test.each([
  ["http://user@localhost:8787/self-service/sso?identifier=pat@acme.example"],
  ["http://LOCALHOST:8787/self-service/sso?identifier=pat@acme.example"],
  ["http://localhost:99999/self-service/sso?identifier=pat@acme.example"],
  ["http://localhost:8787/x/../self-service/sso?identifier=pat@acme.example"],
  ["http://localhost:8787/self-service/sso?identifier=pat@acme.example&identifier=x@gmail.com"],
  ["http://localhost:8787/self-service/sso?identifier=pat+x@acme.example"],
  ["http://localhost:8787/self-service/sso?identifier=pat@acme.example\n"],
  ["http://evil.example/http://localhost:8787/self-service/sso?identifier=pat@acme.example"],
  ["ftp://localhost:8787/self-service/sso?identifier=pat@acme.example"],
])("%j is left to the app", async (url) => {
  const raw = { method: "GET", url, headers: new Headers() } as unknown as Request;
  expect(await atOnce(raw)).toBeUndefined();
});

test.each(HOSTS.flatMap((host) => DOMAINS.map((domain) => [host, domain])))(
  "on %s an address of %s is answered at once, by the whole Worker too, from no store",
  async (host, domain) => {
    for (const identifier of [`pat@${domain}`, `Pat.X-1%40${domain.toUpperCase()}`]) {
      isolate.reset();
      const request = new Request(lookup(host, identifier));
      const quick = await atOnce(request);
      if (!quick) throw new Error("it was left to the app");
      const expected = await seen(await ordinary(request));
      expect(await seen(quick)).toEqual(expected);
      expect(await seen(await worker.fetch(request, isolate.env, createExecutionContext()))).toEqual(expected);
      expect([isolate.d1.roundTrips, isolate.domainIndex.gets]).toEqual([0, 0]);
    }
  },
);

test("an isolate that knows nothing, or not the host, leaves it to the app", async () => {
  const fresh = countingEnv(env);
  expect(await atOnce(new Request(lookup("localhost:8787", "pat@acme.example")), fresh)).toBeUndefined();
  await ordinary(new Request(lookup("localhost:8787", "pat@acme.example")), fresh);
  expect(await atOnce(new Request(lookup("demo.localhost:8787", "pat@acme.example")), fresh)).toBeUndefined();
  expect(
    (await worker.fetch(new Request(lookup("demo.localhost:8787", "pat@acme.example")), fresh.env, createExecutionContext()))
      .status,
  ).toBe(200);
});

test.each([
  ["that KV knows", "acme.example"],
  ["that nobody owns", "nobody.example"],
  ["that is no domain", "nobody..example"],
  ["that is an address", "127.0.0.1"],
])("of a domain %s it asks what the app would ask, and says what the app would say", async (_, domain) => {
  const [one, other] = [countingEnv(env), countingEnv(env)];
  for (const each of [one, other]) {
    await ordinary(new Request(lookup("demo.localhost:8787", "pat@gmail.com")), each);
    each.reset();
  }
  const url = lookup("demo.localhost:8787", `pat@${domain}`);
  const quick = await worker.fetch(new Request(url), one.env, createExecutionContext());
  expect(await seen(quick)).toEqual(await seen(await ordinary(new Request(url), other)));
  expect(one.d1).toEqual(other.d1);
  expect(one.domainIndex).toEqual(other.domainIndex);
});

test("when nobody can say it, the app says so, and nobody is asked a second time (F2, F33)", async () => {
  const [one, other] = [countingEnv(env), countingEnv(env)];
  const url = lookup("demo.localhost:8787", "pat@nobody.example");
  for (const each of [one, other]) {
    await ordinary(new Request(lookup("demo.localhost:8787", "pat@gmail.com")), each);
    each.reset();
    each.faults.d1 = "overloaded";
  }
  const headers = { Accept: "application/json" };
  const quick = await worker.fetch(new Request(url, { headers }), one.env, createExecutionContext());
  expect(quick.status).toBe(503);
  expect(await seen(quick)).toEqual(await seen(await ordinary(new Request(url, { headers }), other)));
  expect(one.d1).toEqual(other.d1);
  expect(one.domainIndex).toEqual(other.domainIndex);
});

test("the limiter is asked first, by host, kind and network; who is over the limit is refused by the app (T95)", async () => {
  const from = { "CF-Connecting-IP": "203.0.113.7" };
  const limited = countingEnv(env);
  const url = lookup("demo.localhost:8787", "pat@acme.example");
  await ordinary(new Request(url, { headers: from }), limited);
  const [ordinaryKey] = limited.shieldKeys.splice(0);
  expect((await atOnce(new Request(url, { headers: from }), limited))?.status).toBe(200);
  expect(limited.shieldKeys).toEqual([ordinaryKey]);
  limited.faults.shield = "deny";
  expect(await atOnce(new Request(url, { headers: from }), limited)).toBeUndefined();
  expect((await worker.fetch(new Request(url, { headers: from }), limited.env, createExecutionContext())).status).toBe(429);
  limited.faults.shield = "throw";
  expect((await atOnce(new Request(url, { headers: from }), limited))?.status).toBe(200);
});
