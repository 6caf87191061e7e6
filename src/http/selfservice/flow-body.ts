// The body of a submission: JSON or a form, 16 KiB at most, as the few text fields that flows know.

import { DomainError } from "../../domain/errors.ts";
import type { SubmittedFields } from "../../domain/flows/submission.ts";
import type { AppContext } from "../context.ts";
import { readJson, readText } from "../json-body.ts";

export interface FlowBody {
  fields: SubmittedFields;
  csrfToken: string | undefined;
  /** Sent as a form, so that the answer is for a browser that navigates. */
  isForm: boolean;
}

const MAX_BYTES = 16 * 1024;
/**
 * Reads the body. JSON must be announced as `application/json` and nothing else, which no form of another site can (T81).
 * @throws {DomainError} `unsupported_media_type`, `body_too_large`, `malformed_json`, `malformed_body`
 */
export async function readFlowBody(c: AppContext): Promise<FlowBody> {
  const contentType = (c.req.header("Content-Type") ?? "").trim().toLowerCase();
  if (contentType === "application/json") return fromJson(c, await readJson(c, MAX_BYTES));
  if (/^application\/x-www-form-urlencoded(?:\s*;\s*charset=utf-8)?$/.test(contentType)) {
    return fromForm(c, new URLSearchParams(await readText(c.req.raw, MAX_BYTES)));
  }
  throw new DomainError({
    kind: "unsupported_media_type",
    code: "unsupported_media_type",
    message: "Send application/json or application/x-www-form-urlencoded.",
  });
}

async function fromJson(c: AppContext, json: unknown): Promise<FlowBody> {
  const { FlowFields } = await import("./flow-fields.ts");
  const parsed = FlowFields.safeParse(json);
  if (!parsed.success) throw new DomainError({ kind: "invalid", code: "malformed_body", message: "Send a JSON object." });
  const { method, identifier, password_identifier, password, provider, screen, csrf_token, traits } = parsed.data;
  return {
    fields: {
      method,
      identifier: identifier ?? password_identifier,
      password,
      provider,
      screen,
      email: traits?.email,
      name: traits?.name,
    },
    csrfToken: csrf_token ?? c.req.header("X-CSRF-Token"),
    isForm: false,
  };
}

function fromForm(c: AppContext, form: URLSearchParams): FlowBody {
  const field = (name: string) => form.get(name) ?? undefined;
  return {
    fields: {
      method: field("method"),
      identifier: field("identifier"),
      password: field("password"),
      provider: field("provider"),
      screen: field("screen"),
      email: field("traits.email"),
      name: field("traits.name"),
    },
    csrfToken: field("csrf_token"),
    isForm: !(c.req.header("Accept") ?? "").includes("application/json"),
  };
}
