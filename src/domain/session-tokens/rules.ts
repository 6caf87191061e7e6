// What a template's fields may hold. Pure: values in, accepted values or field errors out.

import type { SigningAlg } from "../../crypto/signing.ts";
import { parseDuration } from "../duration.ts";
import { type FieldError, unacceptable } from "../errors.ts";
import type { ClaimSource, SessionTokenTemplate } from "./template.ts";

export interface TemplateFields {
  /** Duration such as `60s`. */
  ttl?: string | undefined;
  alg?: SigningAlg | undefined;
  audience?: readonly string[] | undefined;
  subjectSource?: "id" | "email" | undefined;
  claims?: Readonly<Record<string, ClaimSource>> | undefined;
}

export type TemplateSettings = Pick<SessionTokenTemplate, "name" | "ttl" | "alg" | "audience" | "subjectSource" | "claims">;

/** Seconds. A JWT lives on when its session has ended, so its life is short. */
const DEFAULT_TTL = 60;
const MAX_TTL = 600;
const MAX_AUDIENCES = 10;
const MAX_CLAIMS = 20;
/** Claims that are ours to set (RFC 7519, section 4.1), and names that mean something else to JavaScript. */
const RESERVED = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "constructor", "prototype", "__proto__"];

/**
 * All settings of a template.
 * @throws {DomainError} `unacceptable` with every field that breaks a rule
 */
export function acceptTemplate(name: string, fields: TemplateFields): TemplateSettings {
  const problems: FieldError[] = [];
  if (!/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/.test(name)) {
    const message = "1 to 64 lower-case letters, digits, hyphens and underscores, with a letter or digit at both ends.";
    problems.push({ field: "name", code: "name_invalid", message });
  }
  const ttl = acceptTtl(fields.ttl, problems);
  const audience = [...new Set(fields.audience ?? [])];
  if (audience.length > MAX_AUDIENCES) {
    problems.push({ field: "audience", code: "too_many", message: `At most ${MAX_AUDIENCES} audiences.` });
  }
  audience.forEach((value, index) => {
    if (!/^[\x21-\x7e]{1,256}$/.test(value)) {
      problems.push({ field: `audience[${index}]`, code: "invalid", message: "1 to 256 printable ASCII characters, no blanks." });
    }
  });
  const claims = { ...fields.claims };
  checkClaims(claims, problems);
  if (problems.length > 0) throw unacceptable(problems);
  return { name, ttl, alg: fields.alg ?? "ES256", audience, subjectSource: fields.subjectSource ?? "id", claims };
}

function acceptTtl(text: string | undefined, problems: FieldError[]): number {
  if (text === undefined) return DEFAULT_TTL;
  const ms = parseDuration(text);
  if (ms === undefined) {
    problems.push({ field: "ttl", code: "duration_invalid", message: "Write a whole number and a unit, such as 60s or 5m." });
    return DEFAULT_TTL;
  }
  if (ms < 1000 || ms > MAX_TTL * 1000) {
    problems.push({ field: "ttl", code: "duration_out_of_range", message: "From 1s to 10m." });
  }
  return ms / 1000;
}

function checkClaims(claims: Readonly<Record<string, ClaimSource>>, problems: FieldError[]): void {
  const names = Object.keys(claims);
  if (names.length > MAX_CLAIMS) {
    problems.push({ field: "claims", code: "too_many", message: `At most ${MAX_CLAIMS} claims.` });
  }
  for (const name of names) {
    if (RESERVED.includes(name)) {
      problems.push({ field: `claims.${name}`, code: "claim_reserved", message: `${name} is set by Orgate.` });
    } else if (!/^[A-Za-z][A-Za-z0-9_:./-]{0,127}$/.test(name)) {
      problems.push({
        field: "claims",
        code: "claim_invalid",
        message: "A claim's name begins with a letter and has no blanks.",
      });
    }
  }
}
