// The outside phone: the only place that calls fetch. Every request goes to a URL that a tenant or an IdP named, so each
// one is checked, bounded in time and size, never redirected, and carries nothing but what its caller put in it.

import { type OutboundRefusal, type OutboundRules, refuseUrl } from "./outbound-url.ts";

export { type OutboundRefusal, type OutboundRules, refuseUrl } from "./outbound-url.ts";

/** For logs and for decisions of ours. Nothing shown outside may tell `refused`, `timeout` and `unreachable` apart (T71). */
export type OutboundReason = "refused" | "timeout" | "unreachable" | "redirected" | "too_large" | "not_json" | "suspended"; // not asked: the circuit is open (circuit-breaker.ts)

export class OutboundError extends Error {
  constructor(readonly reason: OutboundReason) {
    super("The address could not be fetched.");
    this.name = "OutboundError";
  }
}

export interface OutboundInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  /** Bytes of the decoded body; default 512 KiB. */
  maxBytes?: number;
  /** For the whole exchange, body included; default 5,000. */
  timeoutMs?: number;
  /** A success must carry a JSON content type; the body of a failure that does not is dropped. */
  accept?: "json";
}

export interface GuardedFetch {
  /** Answers with the whole body in memory, to be had by `text` and `json` alone, any number of times. @throws {OutboundError} */
  (url: string, init?: OutboundInit): Promise<Response>;
  /** Whether it would refuse this URL, and why. */
  refuse(url: string): OutboundRefusal | undefined;
}

const MAX_BYTES = 512 * 1024;
const TIMEOUT_MS = 5_000;
const utf8 = new TextDecoder();

/**
 * A fetch that reaches public https hosts only (`refuseUrl`), follows no redirect (T68), reads at most `maxBytes` within
 * `timeoutMs` (T69), and keeps of the answer only status, content type, challenge and retry time.
 */
export function createGuardedFetch(options: OutboundRules & { fetch?: typeof fetch }): GuardedFetch {
  const { fetch: injected, ...rules } = options;
  const guardedFetch = async (url: string, init: OutboundInit = {}): Promise<Response> => {
    if (refuseUrl(url, rules)) throw new OutboundError("refused");
    const deadline = startDeadline(init.timeoutMs ?? TIMEOUT_MS);
    try {
      // Looked up at each call, so that a test can stand between.
      const response = await deadline.bound((injected ?? globalThis.fetch)(url, requestInit(init, deadline.signal)));
      return await readAnswer(response, init, deadline);
    } catch (error) {
      deadline.abort();
      throw error instanceof OutboundError ? error : new OutboundError("unreachable");
    } finally {
      deadline.clear();
    }
  };
  return Object.assign(guardedFetch, { refuse: (url: string) => refuseUrl(url, rules) });
}

/** Only these members: a caller's `cf`, `redirect` or cache wishes do not get through. */
function requestInit(init: OutboundInit, signal: AbortSignal): RequestInit {
  const headers = new Headers(init.headers);
  headers.set("user-agent", "Orgate");
  // workerd has no `redirect: "error"`; `manual` hands us the 3xx to refuse.
  return { method: init.method ?? "GET", headers, body: init.body ?? null, redirect: "manual", cache: "no-store", signal };
}

async function readAnswer(response: Response, init: OutboundInit, deadline: Deadline): Promise<Answer> {
  if (response.status >= 300 && response.status < 400) throw new OutboundError("redirected");
  if (init.accept === "json" && !isJson(response.headers)) {
    if (response.ok) throw new OutboundError("not_json");
    deadline.abort();
    return new Answer(response, new Uint8Array());
  }
  const body = await readBody(response, init.maxBytes ?? MAX_BYTES, deadline);
  // A byte order mark is not JSON (RFC 8259, section 8.1); TextDecoder would hide it.
  if (init.accept === "json" && body[0] === 0xef && body[1] === 0xbb) throw new OutboundError("not_json");
  return new Answer(response, body);
}

/** Reads and counts decoded bytes, so a lying Content-Length or a compressed bomb meets the same cap (T69, T70). */
async function readBody(response: Response, maxBytes: number, deadline: Deadline): Promise<Uint8Array> {
  const announced = Number(response.headers.get("content-length") || Number.NaN);
  if (announced > maxBytes) throw new OutboundError("too_large");
  if (!response.body) return new Uint8Array();
  const expected = isEncoded(response.headers) ? undefined : announced;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await deadline.bound(reader.read());
      if (done) return concat(chunks, length);
      length += value.byteLength;
      if (length > maxBytes) throw new OutboundError("too_large");
      chunks.push(value);
      // To be told that this was all would be one more wait.
      if (length === expected) return concat(chunks, length);
    }
  } finally {
    // Not awaited: a hostile stream may never finish being cancelled.
    reader.cancel().catch(() => undefined);
  }
}

/** Whether Content-Length says something else than how many bytes are read (RFC 9112, section 6.3; RFC 9110, section 8.4). */
function isEncoded(headers: Headers): boolean {
  return headers.has("content-encoding") || headers.has("transfer-encoding");
}

function concat(chunks: Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** An answer that is all there. The platform would make its body a stream anew, to be read once, for about 10 µs. */
class Answer extends Response {
  readonly #body: Uint8Array;

  constructor({ status, headers }: Response, body: Uint8Array) {
    super(null, { status, headers: keptOf(headers) });
    this.#body = body;
  }

  override async text(): Promise<string> {
    return utf8.decode(this.#body);
  }

  override async json<T>(): Promise<T> {
    return JSON.parse(await this.text()) as T;
  }
}

function keptOf(headers: Headers): Headers {
  const kept = new Headers();
  for (const name of ["content-type", "retry-after", "www-authenticate"]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}

function isJson(headers: Headers): boolean {
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return type === "application/json" || /^application\/[a-z0-9.-]+\+json$/.test(type);
}

interface Deadline {
  signal: AbortSignal;
  /** Rejects when the time is up, whatever the work does with the signal. */
  bound<T>(work: Promise<T>): Promise<T>;
  abort(): void;
  clear(): void;
}

function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const timer = setTimeout(() => {
    reject(new OutboundError("timeout"));
    controller.abort();
  }, ms);
  return {
    signal: controller.signal,
    bound: (work) => Promise.race([work, promise]),
    abort: () => controller.abort(),
    clear: () => clearTimeout(timer),
  };
}
