// A browser made of plain HTTP: keeps cookies as a browser would on http://localhost, sends forms, and follows redirects
// one step at a time so that a test can look at each.

import { request as httpRequest } from "node:http";
import { CookieJar } from "tough-cookie";

export interface Step {
  url: URL;
  status: number;
  headers: Headers;
  body: string;
  /** Absolute target of a redirect. */
  location: URL | undefined;
}

export interface Form {
  action: URL;
  method: string;
  /** Names and values of its inputs; buttons are not among them. */
  fields: Record<string, string>;
  /** Name and value of each submit button. */
  buttons: { name: string; value: string; text: string }[];
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface HttpBrowser {
  jar: CookieJar;
  /** One request, no redirect followed. Looks like a navigation of a browser unless headers say otherwise. */
  step(url: string | URL, options?: RequestOptions): Promise<Step>;
  /** Goes on while the answer is a redirect, at most to where `until` says stop, and returns every step. */
  follow(from: Step, until?: (location: URL) => boolean): Promise<Step[]>;
  /** `step`, then `follow`; the last step is where a person would be looking. */
  open(url: string | URL, options?: RequestOptions): Promise<Step>;
  /** Fills and posts a form of a page. A button may be named by its value. */
  submit(form: Form, fields?: Record<string, string>, button?: { name: string; value: string }): Promise<Step>;
  /** A `fetch` on the same cookies, for clients that bring their own requests. */
  fetch: typeof fetch;
  cookie(url: string | URL, name: string): Promise<string | undefined>;
}

const NAVIGATION = {
  accept: "text/html,application/xhtml+xml",
  "user-agent": "Mozilla/5.0 (test)",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};

/** `__Host-` rules are enforced, and http on localhost counts as secure, as in Chromium and Firefox. */
export function createHttpBrowser(): HttpBrowser {
  const jar = new CookieJar(undefined, { prefixSecurity: "strict", rejectPublicSuffixes: false, allowSpecialUseDomain: true });

  async function step(target: string | URL, options: RequestOptions = {}): Promise<Step> {
    const url = new URL(target);
    const cookie = await jar.getCookieString(url.href);
    const headers = { ...NAVIGATION, ...lowerCase(options.headers), ...(cookie === "" ? {} : { cookie }) };
    const answer = await send(url, options.method ?? "GET", headers, options.body);
    for (const line of answer.headers.getSetCookie()) await jar.setCookie(line, url.href);
    const location = answer.headers.get("location");
    return { url, ...answer, location: location === null ? undefined : new URL(location, url) };
  }

  async function follow(from: Step, until: (location: URL) => boolean = () => false): Promise<Step[]> {
    const steps = [from];
    for (let last = from; last.location && !until(last.location); last = steps[steps.length - 1] ?? last) {
      if (steps.length > 20) throw new Error(`redirects without end, last to ${last.location.origin}${last.location.pathname}`);
      steps.push(await step(last.location));
    }
    return steps;
  }

  return {
    jar,
    step,
    follow,
    async open(url, options) {
      const steps = await follow(await step(url, options));
      return steps[steps.length - 1] as Step;
    },
    submit(form, fields = {}, button) {
      const values = new URLSearchParams({ ...form.fields, ...fields, ...(button ? { [button.name]: button.value } : {}) });
      if (form.method === "GET") return step(`${form.action.origin}${form.action.pathname}?${values}`);
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        origin: form.action.origin,
        "sec-fetch-site": "same-origin",
      };
      return step(form.action, { method: "POST", headers, body: values.toString() });
    },
    async fetch(input: string | URL | Request, init?: RequestInit) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const cookie = await jar.getCookieString(url.href);
      const headers = { ...Object.fromEntries(request.headers), ...(cookie === "" ? {} : { cookie }) };
      const answer = await send(url, request.method, headers, await request.text());
      for (const line of answer.headers.getSetCookie()) await jar.setCookie(line, url.href);
      const bodyless = answer.status === 204 || answer.status === 304;
      return new Response(bodyless ? null : answer.body, { status: answer.status, headers: answer.headers });
    },
    async cookie(url, name) {
      return (await jar.getCookies(new URL(url).href)).find((cookie) => cookie.key === name)?.value;
    },
  };
}

/** The forms of a page, in order. Enough of HTML for the pages of Orgate and of the demo identity providers. */
export function formsOf(step: Step): Form[] {
  return [...step.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head = "", inner = ""]) => {
    const attributes = attributesOf(head);
    const fields: Record<string, string> = {};
    for (const [, text = ""] of inner.matchAll(/<input\b([^>]*)>/gi)) {
      const input = attributesOf(text);
      if (input["name"] && input["type"] !== "submit") fields[input["name"]] = input["value"] ?? "";
    }
    const buttons = [...inner.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(([, text = "", label = ""]) => {
      const button = attributesOf(text);
      return { name: button["name"] ?? "", value: button["value"] ?? "", text: label.replace(/<[^>]*>/g, "").trim() };
    });
    const method = (attributes["method"] ?? "get").toUpperCase();
    return { action: new URL(attributes["action"] || step.url.href, step.url), method, fields, buttons };
  });
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([\w-]+)(?:="([^"]*)")?/g))
    found[name.toLowerCase()] = unescapeHtml(value);
  return found;
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(\d+);|&#x([0-9a-f]+);/gi, (_, d, h) => String.fromCodePoint(d ? Number(d) : Number.parseInt(h, 16)))
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Names below localhost do not resolve everywhere, so the connection always goes to loopback (RFC 6761, section 6.3). */
function send(url: URL, method: string, headers: Record<string, string>, body?: string): Promise<Omit<Step, "url" | "location">> {
  if (url.hostname !== "localhost" && !url.hostname.endsWith(".localhost"))
    throw new Error(`a test left this machine: ${url.hostname}`);
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { ...headers, host: url.host, ...(body ? { "content-length": String(Buffer.byteLength(body)) } : {}) },
    };
    const request = httpRequest(options, async (response) => {
      const received = new Headers();
      for (let i = 0; i < response.rawHeaders.length; i += 2)
        received.append(response.rawHeaders[i] ?? "", response.rawHeaders[i + 1] ?? "");
      let text = "";
      response.setEncoding("utf8");
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: received, body: text });
    });
    request.on("error", reject);
    request.end(body || undefined);
  });
}

function lowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
