// The JSON body of a request: its content type, its size, its syntax.

import { DomainError } from "../domain/errors.ts";
import type { AppContext } from "./context.ts";

/** Largest body, bytes, where an operation states no other. */
const MAX_BYTES = 16 * 1024;

/**
 * The parsed body. Only `application/json` (with charset utf-8 or none) is read, which no form of another site can send (T81).
 * @throws {DomainError} `unsupported_media_type`, `body_too_large`, `malformed_json`
 */
export async function readJson(c: AppContext, maxBytes: number = MAX_BYTES): Promise<unknown> {
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(c.req.header("Content-Type") ?? "")) {
    throw new DomainError({ kind: "unsupported_media_type", code: "unsupported_media_type", message: "Send application/json." });
  }
  const text = await readText(c.req.raw, maxBytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError({ kind: "invalid", code: "malformed_json", message: "The body is not JSON." });
  }
}

/**
 * The body as text. Reads no further than the limit, whatever Content-Length says.
 * @throws {DomainError} `body_too_large`
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new DomainError({ kind: "too_large", code: "body_too_large", message: `The body is larger than ${maxBytes} bytes.` });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
