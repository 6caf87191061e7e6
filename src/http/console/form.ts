// Forms of the console: read, checked against forgery, and given back with what was typed when something is wrong.

import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { equalSecrets, hmac } from "../../crypto/digest.ts";
import { newId } from "../../crypto/random.ts";
import { DomainError } from "../../domain/errors.ts";
import type { FormProblems } from "../../views/console/parts/fields.tsx";
import type { AppContext, AppEnv } from "../context.ts";
import { requireOwnOrigin } from "../middleware/csrf.ts";

const MAX_BYTES = 256 * 1024;
const MAX_PUBLIC_BYTES = 16 * 1024;

/** A posted form. Unknown fields are ignored, missing ones are empty. */
export interface ConsoleForm {
  /** Trimmed. */
  text(name: string): string;
  /** As typed: passwords and secrets. */
  secret(name: string): string;
  /** The lines or comma-separated parts of a field, and of all fields of that name; empty ones left out. */
  list(name: string): string[];
  /** Whether a checkbox is set. */
  flag(name: string): boolean;
  /** An uploaded file; undefined when none was chosen. */
  file(name: string): File | undefined;
  /** All text fields as typed, the first of each name: what a page shows again. */
  values(): Record<string, string>;
}

/**
 * Reads the form of a POST into `form`: from this very site, with the token of this operator's session (T80). Anything but
 * GET, HEAD and POST is unknown here.
 * @throws {DomainError} `security_csrf_violation`, `body_too_large`, `unsupported_media_type`
 */
export const operatorForm: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method !== "POST") return await next();
  requireOwnOrigin(c);
  return await bodyLimit({ maxSize: MAX_BYTES, onError: tooLarge })(c, async () => {
    const form = await readForm(c);
    if (!equalSecrets(form.text("csrf_token"), operatorFormToken(c))) throw forged();
    c.set("form", form);
    await next();
  });
};

/** The form of a door that anybody may come to. @throws {DomainError} `body_too_large`, `unsupported_media_type` */
export async function readSmallForm(c: AppContext): Promise<ConsoleForm> {
  let form: ConsoleForm | undefined;
  await bodyLimit({ maxSize: MAX_PUBLIC_BYTES, onError: tooLarge })(c, async () => {
    form = await readForm(c);
  });
  return form ?? tooLarge();
}

/** The token that the forms of this operator's session carry. */
export function operatorFormToken(c: AppContext): string {
  return hmac(c.get("services").runtime.sealer.macKey("csrf"), `console.${c.get("operator").session.id}`);
}

/** @throws {DomainError} `unsupported_media_type` */
async function readForm(c: AppContext): Promise<ConsoleForm> {
  const type = (c.req.header("Content-Type") ?? "").toLowerCase();
  if (!type.startsWith("application/x-www-form-urlencoded") && !type.startsWith("multipart/form-data")) throw notAForm();
  const data = await c.req.formData().catch(() => {
    throw notAForm();
  });
  const texts = (name: string) => data.getAll(name).filter((value) => typeof value === "string");
  return {
    text: (name) => (texts(name)[0] ?? "").trim(),
    secret: (name) => texts(name)[0] ?? "",
    list: (name) =>
      texts(name)
        .flatMap((value) => value.split(/[\n,]/))
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    flag: (name) => texts(name).some((value) => value !== ""),
    file(name) {
      const file = data.getAll(name).find((value) => typeof value !== "string");
      return file && file.size > 0 ? file : undefined;
    },
    values: () => Object.fromEntries([...new Set(data.keys())].map((name) => [name, texts(name)[0] ?? ""])),
  };
}

/**
 * What the domain refused of a form, for showing it again with what was typed. Any other error goes on up.
 * @param lists the entries of fields that hold several, by name: a refusal of one begins with it as it was typed
 */
export async function attempt<T>(
  work: () => Promise<T>,
  lists: Readonly<Record<string, readonly string[]>> = {},
): Promise<{ ok: true; value: T } | { ok: false; problems: FormProblems }> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof DomainError && (error.kind === "unacceptable" || error.kind === "conflict" || error.kind === "upstream"))
      return { ok: false, problems: problemsOf(error, lists) };
    throw error;
  }
}

/** An error's fields by their top-level name, and what does not belong to a field. */
export function problemsOf(error: DomainError, lists: Readonly<Record<string, readonly string[]>> = {}): FormProblems {
  const fields = new Map<string, string[]>();
  for (const { field, message } of error.fields) {
    const name = /^[^.[]+/.exec(field)?.[0] ?? field;
    const entry = lists[name]?.[Number(/\[(\d+)\]$/.exec(field)?.[1] ?? -1)];
    fields.set(name, [...(fields.get(name) ?? []), entry === undefined ? message : `“${entry}”: ${message}`]);
  }
  const conflict = error.code === "revision_conflict";
  const general = error.fields.length > 0 && !conflict ? undefined : error.message;
  return { status: error.kind === "conflict" ? 409 : 422, conflict, general, fields };
}

/** One problem of one field, found at the door. */
export function problem(field: string, message: string): FormProblems {
  return { status: 422, conflict: false, general: undefined, fields: new Map([[field, [message]]]) };
}

/**
 * An id for the thing that a form will make. The form carries it, so that a form sent twice makes one thing: the second
 * finds the first's row.
 */
export function idForNew(c: AppContext): string {
  return newId(c.get("services").runtime.clock());
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The id that a create form carries (`idForNew`); undefined when it carries none that could be ours. */
export function postedId(form: ConsoleForm): string | undefined {
  const id = form.text("id");
  return UUID_V7.test(id) ? id : undefined;
}

/** The revision that the form was filled in on; 0, which nothing has, when it names none. */
export function formRevision(form: ConsoleForm): number {
  const text = form.text("revision");
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

function tooLarge(): never {
  throw new DomainError({ kind: "too_large", code: "body_too_large", message: "The form is too large." });
}

function notAForm(): DomainError {
  return new DomainError({ kind: "unsupported_media_type", code: "unsupported_media_type", message: "Send a form." });
}

function forged(): DomainError {
  return new DomainError({
    kind: "forbidden",
    code: "security_csrf_violation",
    message: "The form does not belong to this session. Open the page again.",
  });
}
