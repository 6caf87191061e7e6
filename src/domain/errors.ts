// The one error that rooms throw and doors translate. It says what kind of failure this is, never how HTTP spells it.

/** What went wrong, in the domain's own terms. The door maps it to a status (src/http/errors.ts). */
export type ErrorKind =
  | "invalid" // malformed: cannot be understood
  | "unacceptable" // understood, but breaks a rule; carries fields
  | "unauthenticated"
  | "forbidden"
  | "not_found" // not there for this tenant
  | "conflict" // taken, or moved since it was read
  | "gone" // was there, has expired
  | "unsupported_media_type"
  | "too_large"
  | "method_not_allowed"
  | "rate_limited"
  | "upstream" // somebody else's server failed us
  | "unavailable" // a store of ours cannot answer
  | "internal";

/** One rule broken by one field of the input, in the words of the person who has to mend it. */
export interface FieldError {
  /** Path of the field on the wire, e.g. `domains[0]`. */
  field: string;
  /** Stable, machine-readable: `required`, `public_suffix`, `too_short`, ... */
  code: string;
  message: string;
}

export interface DomainErrorOptions {
  kind: ErrorKind;
  /** Stable snake_case id, documented in docs/errors.md. */
  code: string;
  /** One sentence for the caller: what to do about it. Never contains secrets, claims or bound values. */
  message: string;
  fields?: FieldError[];
  /** Seconds after which a retry makes sense. */
  retryAfter?: number;
  cause?: unknown;
}

export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly fields: FieldError[];
  readonly retryAfter: number | undefined;

  constructor(options: DomainErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DomainError";
    this.kind = options.kind;
    this.code = options.code;
    this.fields = options.fields ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** Understood but not acceptable: 422 with one entry per field. */
export function unacceptable(fields: FieldError[]): DomainError {
  return new DomainError({
    kind: "unacceptable",
    code: "validation_failed",
    message: fields.map((f) => `${f.field}: ${f.message}`).join(" "),
    fields,
  });
}

/** Not there, or not there for this tenant; the two are never told apart. */
export function notFound(what: string): DomainError {
  return new DomainError({ kind: "not_found", code: "not_found", message: `This ${what} does not exist.` });
}

/** A store cannot answer right now. */
export function unavailable(cause: unknown, retryAfter = 5): DomainError {
  return new DomainError({
    kind: "unavailable",
    code: "store_unavailable",
    message: "The service cannot answer right now. Try again in a moment.",
    retryAfter,
    cause,
  });
}
