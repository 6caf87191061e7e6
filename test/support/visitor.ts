// A person's browser inside workerd: sends requests to the app, keeps the cookies of each host, follows nothing by itself.
//
//   const visitor = createVisitor(countingEnv(env));
//   const answer = await visitor.get("http://p1.localhost:8787/sso/start?connection=…");
//   answer.headers.get("location")

import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createApp } from "../../src/app.ts";

export interface Visitor {
  /** By host: name -> value. */
  cookies: Map<string, Map<string, string>>;
  send(url: string | URL, init?: RequestInit): Promise<Response>;
  get(url: string | URL, headers?: Record<string, string>): Promise<Response>;
  /** A form post as a browser sends it from a page of the same origin. */
  post(url: string | URL, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

const app = createApp();

export function createVisitor(env: Env, ipAddress = "203.0.113.1"): Visitor {
  const cookies = new Map<string, Map<string, string>>();

  async function send(target: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(target);
    const jar = cookies.get(url.host) ?? new Map<string, string>();
    cookies.set(url.host, jar);
    const headers = new Headers(init.headers);
    headers.set("CF-Connecting-IP", ipAddress);
    if (jar.size > 0 && !headers.has("Cookie"))
      headers.set("Cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const context = createExecutionContext();
    const answer = await app.fetch(new Request(url, { ...init, headers, redirect: "manual" }), env, context);
    await waitOnExecutionContext(context);
    for (const line of answer.headers.getSetCookie()) store(jar, line);
    return answer;
  }

  return {
    cookies,
    send,
    get: (url, headers = {}) => send(url, { headers: { Accept: "text/html", "Sec-Fetch-Site": "none", ...headers } }),
    post: (url, fields, headers = {}) =>
      send(url, {
        method: "POST",
        headers: {
          Accept: "text/html",
          Origin: new URL(url).origin,
          "Sec-Fetch-Site": "same-origin",
          "Content-Type": "application/x-www-form-urlencoded",
          ...headers,
        },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

function store(jar: Map<string, string>, line: string): void {
  const [pair = ""] = line.split(";");
  const name = pair.slice(0, pair.indexOf("="));
  const value = pair.slice(pair.indexOf("=") + 1);
  if (/max-age=0(?:;|$)/i.test(line)) jar.delete(name);
  else jar.set(name, value);
}
