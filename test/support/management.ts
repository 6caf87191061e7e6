// The management API as a client sees it: `api("POST", "/projects", { body })` with the root key unless told otherwise.

import { env } from "cloudflare:workers";
import { createApp } from "../../src/app.ts";
import { ROOT_KEY } from "./seed.ts";

const app = createApp();

export interface ApiRequest {
  /** Bearer key; null sends none. Default: the root key. */
  key?: string | null;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: BodyInit;
  headers?: Record<string, string>;
  env?: Env;
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when it is empty or no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export async function api(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
  const { key = ROOT_KEY, body, raw, headers = {} } = request;
  const sent = new Headers(headers);
  if (key !== null) sent.set("Authorization", `Bearer ${key}`);
  if (body !== undefined && !sent.has("Content-Type")) sent.set("Content-Type", "application/json");
  const init: RequestInit = { method, headers: sent };
  if (raw !== undefined) init.body = raw;
  else if (body !== undefined) init.body = JSON.stringify(body);
  const response = await app.fetch(new Request(`${env.BASE_URL}${path}`, init), request.env ?? env);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

/** Headers of an operator's session, as the documented curl lines send them. Use with `key: null`. */
export function operatorCookie(token: string): Record<string, string> {
  return { Cookie: `ory_session_ory=${token}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
