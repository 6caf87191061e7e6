// Hostile words wherever words come from: on pages they stay words (T85), in headers they do not arrive (T86), and one
// tenant's never come out in another tenant's answers or logs (T89).

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { browser, formOf } from "../selfservice/scene.ts";
import { createIdp } from "../support/idp/idp.ts";
import { generateSigningKey } from "../support/idp/keys.ts";
import { connectNetwork } from "../support/idp/network.ts";
import { freshId, putConnection, putIdentity, putOrganization, putProject } from "../support/rows.ts";
import { createApiKey } from "../support/seed.ts";
import { signIn } from "../support/signed-in.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { withoutTokens } from "../support/without-tokens.ts";
import { ROUTES } from "./routes.ts";

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "</title></script><script>alert(1)</script>",
  `"><svg onload=alert(1)>`,
  `' onmouseover='alert(1)`,
  `" autofocus onfocus="alert(1)`,
  "javascript:alert(1)",
  "&#60;script&#62;alert(1)&#60;/script&#62;",
  "&lt;b&gt; &amp; &quot;",
  "{{constructor.constructor('alert(1)')()}} #{alert(1)} <%= 1 %>",
  "]]><!--<b>--!><!DOCTYPE x><base href=//evil.example>",
  "}body{background:url(//evil.example)}</style><style>*{display:none}",
  "\u202emoc.live\u2066 \u0000 \u2028 \u00a0\ufeff",
  "<\u0000script>alert(1)<\u0000/script> \ud800",
  "=cmd|' /C calc'!A0",
];

describe("every page has the same elements and attributes, whatever the words in it (T85, CVE-2026-44458)", () => {
  let plain: Map<string, string>;
  beforeAll(async () => {
    plain = await skeletons("Plain words");
    expect(plain.size).toBe(13);
  });

  test.each(HOSTILE.map((text) => [JSON.stringify(text), text]))("%s", async (_, text) => {
    for (const [page, skeleton] of await skeletons(text)) expect(skeleton, page).toBe(plain.get(page));
  });

  test("answers for programs are JSON and are never taken for anything else", async () => {
    for (const text of HOSTILE) {
      const scene = await tenant(text);
      const answer = await createVisitor(env).send(
        `${scene.origin}/self-service/login/browser?login_hint=${encodeURIComponent(text.toWellFormed())}`,
      );
      expect(answer.headers.get("Content-Type")).toBe("application/json");
      expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(await answer.json()).toMatchObject({ type: "browser" });
    }
  });
});

describe("nothing that was sent becomes a header (T86, CVE-2026-47675)", () => {
  const splitters = [
    "x\r\nSet-Cookie: evil=1\r\n\r\n<b>evil</b>",
    "x\nSet-Cookie: evil=1",
    "x\rLocation: https://evil.example",
    "x; Domain=evil.example; Path=/evil",
    "x\u0000\u0085evil",
    "\u560a\u560dSet-Cookie:evil=1",
    "evil é \u2028 \u{1f600}",
    "%0d%0aSet-Cookie:%20evil=1",
  ];
  /** Asked for together, because one that is refused hides the others. */
  const parameters = [
    ["return_to"],
    ["target_link_uri"],
    ["login_hint", "identifier", "state", "code", "error", "error_description", "id", "flow", "token", "change", "v"],
  ];
  const targets = [["email"], ["organization"], ["connection"], ["iss"]];
  const paths = () =>
    ROUTES.filter(({ method, path }) => method === "GET" && !/^\/(?:projects|admin|healthz|readyz)/.test(path)).map(
      ({ path }) => path,
    );

  test.each(splitters.map((text) => [JSON.stringify(text), text]))("by no parameter of a public route: %s", async (_, text) => {
    const { origin, connection } = await tenant("Plain words");
    const visitor = browser();
    for (const path of new Set(paths())) {
      const filled = path.replaceAll(/:\w*[cC]onnection\w*/g, connection.id).replaceAll(/:\w+/g, encodeURIComponent(text));
      for (const names of path === "/sso/start" ? [...parameters, ...targets] : parameters) {
        const query = new URLSearchParams(names.map((name) => [name, text]));
        expectOwnHeaders(await visitor.get(`${origin}${filled}?${query}`), `${path} ${names}`);
      }
    }
  });

  test("by no request header, cookie or form field", async () => {
    const { origin } = await tenant("Plain words");
    const values = splitters.map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, " "));
    for (const value of new Set(values)) {
      for (const name of ["User-Agent", "X-Request-Id", "Accept-Language", "Referer", "Origin", "If-Match", "X-CSRF-Token"]) {
        for (const path of ["/login", "/self-service/login/browser", "/sessions/whoami", "/nowhere"]) {
          expectOwnHeaders(await createVisitor(env).get(`${origin}${path}`, { [name]: value }), `${name} ${path}`);
        }
      }
    }
    for (const text of splitters) {
      const visitor = browser();
      const form = formOf(await (await visitor.get(`${origin}/login`)).text());
      for (const field of ["identifier", "method", "provider", "traits.email", "csrf_token"]) {
        const answer = await visitor.post(new URL(form.action, origin), {
          ...form.fields,
          method: "identifier_first",
          [field]: text,
        });
        expectOwnHeaders(answer, field);
      }
    }
  });

  test("by no cookie name, not when a browser is relieved of many", async () => {
    const { origin, connection } = await tenant("Plain words");
    const names = ["a b", "a,b", "a\tb", "(evil)", "evil@", "e/v[i]l", "", "x".repeat(3000), "a".repeat(17)];
    const cookies = names.map((name) => `__Host-orgate_tx_${name}=1`).join("; ");
    connectNetwork(await createIdp({ issuer: connection.issuerUrl, signing: await generateSigningKey("ES256") }));
    const answer = await browser().get(`${origin}/sso/start?connection=${connection.id}`, { Cookie: cookies });
    expectOwnHeaders(answer, "start with planted cookies");
    expect([answer.status, new URL(answer.headers.get("Location") ?? "").origin]).toEqual([303, connection.issuerUrl]);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
  });

  function expectOwnHeaders(answer: Response, where: string): void {
    expect(answer.status, where).toBeLessThan(500);
    for (const [name, value] of answer.headers) {
      expect(OWN_HEADERS, where).toContain(name);
      expect(value, where).toMatch(/^[\x20-\x7e]*$/);
      if (name !== "location") expect(withoutTokens(value), where).not.toMatch(/evil/);
    }
    const location = answer.headers.get("Location");
    if (location !== null) expect(new URL(location, "http://own.test").host, where).not.toContain("evil");
  }
});

describe("two tenants whose requests fail side by side in one isolate (T89, Kratos-26.2.5, CVE-2026-40155)", () => {
  const lines: string[] = [];
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("300 times, never read a word of the other, in answers, headers or logs", async () => {
    const signing = await generateSigningKey("ES256");
    const idps = [
      await createIdp({ issuer: "https://idp-alphaville.test", signing }),
      await createIdp({ issuer: "https://idp-omegatown.test", signing }),
    ];
    connectNetwork(...idps);
    for (const level of ["info", "warn", "error"] as const)
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
    const alpha = await walker("alphaville");
    const omega = await walker("omegatown");
    let answers = 0;
    for (let round = 0; round < 300; round += 1) {
      const [fromAlpha, fromOmega] = await Promise.all([alpha.ask(round), omega.ask(round + Math.floor(round / 7))]);
      expect(fromAlpha, `round ${round}`).not.toMatch(omega.marks);
      expect(fromOmega, `round ${round}`).not.toMatch(alpha.marks);
      answers += Number(alpha.marks.test(fromAlpha)) + Number(omega.marks.test(fromOmega));
    }
    // The marks do come out where they belong, so that their absence elsewhere says something.
    expect(answers).toBeGreaterThan(200);
    expect(lines.length).toBeGreaterThan(50);
    for (const [own, other] of [
      [alpha, omega],
      [omega, alpha],
    ] as const) {
      const ofOwn = lines.filter((line) => own.requests.has((JSON.parse(line) as { request: string }).request));
      expect(ofOwn.length).toBeGreaterThan(20);
      for (const line of ofOwn) expect(line).not.toMatch(other.marks);
    }
  });

  /** A tenant that goes through its failing requests, all of them full of its own name. */
  async function walker(name: string) {
    const scene = await tenant(`${name}-label`, {
      slug: `${name}-slug`,
      domain: `${name}.example`,
      issuer: `https://idp-${name}.test`,
    });
    const key = (await createApiKey(scene.project)).key;
    const requests = new Set<string>();
    const visitor = createVisitor(env, name === "alphaville" ? "203.0.113.71" : "203.0.113.72");
    const bearer = { Authorization: `Bearer ${key}`, Accept: "application/json", "Sec-Fetch-Site": "" };
    const form = formOf(await (await visitor.get(`${scene.origin}/login`)).text());
    const paths: (() => Promise<Response>)[] = [
      () => visitor.get(`${scene.origin}/sso/start?connection=${scene.connection.id}&login_hint=${name}@${name}.example`),
      () => visitor.get(`${scene.connection.redirectUri}?error=${name}&error_description=${name}&state=${name}`),
      () => visitor.get(`${scene.origin}/self-service/sso?identifier=${name}@${name}.example`),
      () => visitor.get(`${scene.origin}/login?login_hint=${name}@${name}.example`),
      () => visitor.get(`${scene.origin}/sso/start?email=${name}@nobody-${name}.example`),
      () => visitor.get(`${scene.origin}/login?return_to=https://${name}.evil.example`),
      () => visitor.get(`${scene.origin}/sessions/whoami`, { "X-Session-Token": `orgate_st_${name}` }),
      () => visitor.get(`${scene.origin}/`, scene.session.browser),
      () => visitor.get(`${scene.origin}/admin/identities/${name}`, bearer),
      () =>
        visitor.send(`${scene.origin}/admin/identities`, {
          method: "POST",
          headers: { ...bearer, "Content-Type": "application/json" },
          body: JSON.stringify({ traits: { email: name }, [name]: name }),
        }),
      () => visitor.post(new URL(form.action, scene.origin), { ...form.fields, method: "identifier_first", identifier: name }),
      () => visitor.post(new URL(form.action, scene.origin), { csrf_token: name, identifier: `${name}@${name}.example` }),
      () =>
        visitor.get(`http://localhost:8787/projects/${scene.project.id}/organizations?page_token=${name}`, {
          ...bearer,
          Accept: "application/json",
        }),
    ];
    return {
      marks: new RegExp(`${name}|${scene.project.id}|${scene.organization.id}|${scene.connection.id}`, "i"),
      requests,
      async ask(turn: number): Promise<string> {
        const answer = await (paths[turn % paths.length] as () => Promise<Response>)();
        requests.add(answer.headers.get("X-Request-Id") ?? "");
        return `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
      },
    };
  }
});

const OWN_HEADERS = [
  "allow",
  "access-control-allow-origin",
  "cache-control",
  "content-length",
  "content-security-policy",
  "content-type",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "etag",
  "link",
  "location",
  "origin-agent-cluster",
  "permissions-policy",
  "referrer-policy",
  "retry-after",
  "set-cookie",
  "strict-transport-security",
  "www-authenticate",
  "vary",
  "x-content-type-options",
  "x-dns-prefetch-control",
  "x-download-options",
  "x-frame-options",
  "x-permitted-cross-domain-policies",
  "x-request-id",
  "x-xss-protection",
];

/** A project whose every name is this text. Rows, because the API would refuse some of it; the pages must not rely on that. */
async function tenant(text: string, over: { slug?: string; domain?: string; issuer?: string } = {}) {
  const { domain = "words.example", issuer = "https://idp-words.test" } = over;
  const project = await putProject({
    name: text,
    allowedReturnUrls: ["https://app.example"],
    ...(over.slug === undefined ? {} : { slug: over.slug }),
  });
  const origin = `http://${project.slug}.localhost:8787`;
  const organization = await putOrganization(project.id, [domain], { label: text });
  const id = freshId();
  const connection = await putConnection(project.id, {
    id,
    organizationId: organization.id,
    label: text,
    issuerUrl: issuer,
    redirectUri: `${origin}/self-service/methods/oidc/organization/${organization.id}/callback/${id}`,
  });
  await putConnection(project.id, { organizationId: organization.id, label: text });
  const social = await putConnection(project.id, { label: text });
  const member = await putIdentity(project.id, `ada@${domain}`, {
    organizationId: organization.id,
    traits: { name: text, email: text },
  });
  const session = await signIn(member, {
    organizationId: organization.id,
    connectionId: connection.id,
    connectionTrustRevision: connection.trustRevision,
  });
  return { project, origin, organization, connection, social, session, domain };
}

/** By page: its elements and their attributes in order, after its links were looked at. */
async function skeletons(text: string): Promise<Map<string, string>> {
  const scene = await tenant(text);
  const { origin, social, session, domain } = scene;
  const words = encodeURIComponent(text.toWellFormed());
  const person = await putIdentity(scene.project.id, "pat@personal.example", { traits: { name: text, email: text } });
  const bySocial = await signIn(person, { connectionId: social.id, connectionTrustRevision: social.trustRevision });
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await browser().get(new URL(path, origin), headers)).text();
  /** Posts the form of a page and follows to the step after it. */
  const step = async (path: string, fields: Record<string, string>) => {
    const visitor: Visitor = browser();
    const form = formOf(await (await visitor.get(new URL(path, origin))).text());
    const answer = await visitor.post(new URL(form.action, origin), { ...form.fields, ...fields });
    return await (await visitor.get(new URL(answer.headers.get("Location") ?? "", origin))).text();
  };
  const profile = { method: "profile", "traits.name": text };
  const pages: Record<string, string> = {
    login: await get("/login"),
    "login with a hint": await get(`/login?login_hint=${words}`),
    "login, an address that is none": await step("/login", { method: "identifier_first", identifier: text }),
    "login, two connections": await step("/login", { method: "identifier_first", identifier: `a@${domain}` }),
    "login, password": await step("/login", { method: "identifier_first", identifier: "a@personal.example" }),
    "registration, refused": await step("/registration", { ...profile, method: "password", "traits.email": text, password: "x" }),
    "registration, name": await step("/registration", { ...profile, "traits.email": "a@personal.example" }),
    "account of a member": await get("/", session.browser),
    "account by social sign-in": await get("/", bySocial.browser),
    "sign out?": await get(`/self-service/logout?return_to=https://app.example/`, session.browser),
    "the provider's error": await get(
      `${scene.connection.redirectUri}?state=x&error=${words}&error_description=${words}&error_uri=${words}`,
    ),
    error: await get(`/error?id=${words}&error=${words}`),
    "nothing there": await get(`/nowhere/${words}?${words}`),
  };
  const found = new Map<string, string>();
  for (const [name, page] of Object.entries(pages)) found.set(name, await skeletonOf(page));
  return found;
}

async function skeletonOf(page: string): Promise<string> {
  const elements: string[] = [];
  const links: string[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      const attributes = [...element.attributes];
      elements.push(`${element.tagName} ${attributes.map(([name]) => name).join(" ")}`.trim());
      for (const [name, value] of attributes) if (/^(?:src|href|action)$/.test(name ?? "")) links.push(value ?? "");
    },
    comments: () => void elements.push("comment"),
  });
  await rewriter.transform(new Response(page)).text();
  for (const link of links) expect(link).toMatch(/^(?:\/(?![/\\])|#|data:,$|http:\/\/p\d+\.localhost:8787\/sessions\/whoami$)/);
  expect(elements).toContain("main class");
  return elements.join("\n");
}
