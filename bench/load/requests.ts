// From a step of a job to the bytes of its request.

import { createHash } from "node:crypto";
import { callbackFor } from "../idp.ts";
import { type Answer, headerOf, headersOf } from "./connection.ts";
import type { Job, RequestStep, Step } from "./job.ts";

/** @param before the answer to the step before, which some steps go on from */
export function renderStep(job: Job, step: Step, n: number, before: Answer | undefined): string {
  const fill = (text: string) => fillIn(text, n, job.values);
  switch (step.kind) {
    case "request":
      return render(job.authority, step.method, fill(step.path), filled(step, fill), step.body && fill(step.body));
    case "callback": {
      const location = headerOf(before?.head ?? "", "location") ?? "";
      const callback = callbackFor(new URL(location), { sub: fill(step.sub), email: fill(step.email) });
      return render(job.authority, "GET", callback.pathname + callback.search, { cookie: cookiesOf(before?.head ?? "") });
    }
    case "redeem": {
      const location = new URL(headerOf(before?.head ?? "", "location") ?? "");
      const form = new URLSearchParams({
        grant_type: "authorization_code",
        code: location.searchParams.get("code") ?? "",
        redirect_uri: step.redirectUri,
        code_verifier: step.codeVerifier,
      });
      const headers = { "content-type": "application/x-www-form-urlencoded", ...step.headers };
      return render(job.authority, "POST", step.path, headers, form.toString());
    }
  }
}

/** What is wrong with an answer, or undefined. */
export function faultOf(step: Step, answer: Answer): string | undefined {
  if (answer.status !== step.status) return `answered ${answer.status} instead of ${step.status}: ${answer.body.slice(0, 500)}`;
  if (answer.head.includes(step.contains) || answer.body.includes(step.contains)) return undefined;
  return `answered without ${JSON.stringify(step.contains)}: ${answer.head} ${answer.body.slice(0, 500)}`;
}

/** RFC 7636, section 4.2. */
export function challengeOf(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier).digest("base64url");
}

function fillIn(text: string, n: number, values: string[] | undefined): string {
  if (!text.includes("{")) return text;
  return text
    .replaceAll("{n}", String(n))
    .replaceAll("{id}", String(n).padStart(12, "0"))
    .replaceAll("{value}", values?.[n % values.length] ?? "");
}

function filled(step: RequestStep, fill: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(step.headers ?? {}).map(([name, value]) => [name, fill(value)]));
}

function cookiesOf(head: string): string {
  return headersOf(head, "set-cookie")
    .map((line) => line.split(";")[0])
    .join("; ");
}

function render(authority: string, method: string, path: string, headers: Record<string, string>, body?: string): string {
  const all: Record<string, string> = { accept: "application/json", ...headers };
  if (body !== undefined) all["content-length"] = String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\n${lines.join("")}\r\n${body ?? ""}`;
}
