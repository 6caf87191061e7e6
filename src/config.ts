// Bindings and variables -> one checked, frozen Config. Nothing else reads the environment's variables.

import { base64url } from "jose";
import type { SealingKey } from "./crypto/seal.ts";

export interface Config {
  /** Origin of the base host, e.g. `https://sso.example.com`: management API, docs, and the default project's doors. */
  baseUrl: URL;
  /** Slug of the project that answers on the base host. */
  defaultProjectSlug: string;
  /** Bearer key that may do everything in the management API. */
  rootKey: string;
  /** Newest first; see createSealer. */
  encryptionKeys: readonly SealingKey[];
  /** Issuers may be http on loopback. Only ever true when the base host is on loopback itself. */
  allowInsecureIssuers: boolean;
  /** Days that audit events are kept; null for ever. */
  eventRetentionDays: number | null;
  /** Lists that are only looked at may be read from a replica of D1. */
  readReplication: boolean;
}

/** A year and a month: long enough for a yearly audit. */
const DEFAULT_RETENTION_DAYS = 400;
const MAX_RETENTION_DAYS = 3650;

/** Slug of the built-in project whose identities are the operators. */
export const CONSOLE_SLUG = "console";

/** All that is wrong with the environment, at once. Names variables, never values. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`Configuration is not usable: ${problems.join("; ")}`);
    this.name = "ConfigError";
  }
}

/**
 * Checks the environment.
 *
 * - `BASE_URL`: origin only; https unless the host is loopback (`localhost`, `*.localhost`, `127.0.0.1`).
 * - `ROOT_KEY`: at least 32 characters.
 * - `ENCRYPTION_KEYS`: `id:secret[,id:secret...]`, newest first; each secret is 32 bytes in base64 or base64url.
 * - `EVENT_RETENTION_DAYS`: whole days from 1 to 3650, or `forever`; 400 when absent.
 * - `READ_REPLICATION`: `true` or `false`; `false` when absent.
 * - `ALLOW_INSECURE_ISSUERS`: `true` or `false`; `true` is refused when BASE_URL is not loopback.
 *
 * @throws {ConfigError} with every problem found
 */
export function readConfig(env: {
  BASE_URL?: string;
  DEFAULT_PROJECT?: string;
  ROOT_KEY?: string;
  ENCRYPTION_KEYS?: string;
  ALLOW_INSECURE_ISSUERS?: string;
  EVENT_RETENTION_DAYS?: string;
  READ_REPLICATION?: string;
}): Config {
  const problems: string[] = [];
  const baseUrl = URL.canParse(env.BASE_URL ?? "") ? new URL(env.BASE_URL as string) : undefined;
  if (!baseUrl || baseUrl.href !== `${baseUrl.origin}/`)
    problems.push("BASE_URL must be an origin such as https://sso.example.com");
  else if (baseUrl.protocol !== "https:" && !isLoopbackName(baseUrl.hostname))
    problems.push("BASE_URL must be https unless it is localhost");

  const defaultProjectSlug = env.DEFAULT_PROJECT ?? "";
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(defaultProjectSlug)) problems.push("DEFAULT_PROJECT must be a project slug");

  const rootKey = env.ROOT_KEY ?? "";
  if (rootKey.length < 32) problems.push("ROOT_KEY must have at least 32 characters");

  const encryptionKeys: SealingKey[] = [];
  for (const entry of (env.ENCRYPTION_KEYS ?? "").split(",").map((e) => e.trim())) {
    const [id, secret] = entry.split(":", 2);
    const bytes = secret ? decodeKey(secret) : undefined;
    if (!id || !/^[A-Za-z0-9_-]{1,32}$/.test(id) || bytes?.length !== 32) {
      problems.push("ENCRYPTION_KEYS must be id:secret pairs, comma-separated, each secret 32 bytes in base64");
      break;
    }
    encryptionKeys.push({ id, secret: bytes });
  }

  const allowInsecureIssuers = env.ALLOW_INSECURE_ISSUERS === "true";
  if (!["true", "false", undefined].includes(env.ALLOW_INSECURE_ISSUERS))
    problems.push("ALLOW_INSECURE_ISSUERS must be true or false");
  if (allowInsecureIssuers && baseUrl && !isLoopbackName(baseUrl.hostname)) {
    problems.push("ALLOW_INSECURE_ISSUERS is for local work and is refused when BASE_URL is a public host");
  }

  const retention = env.EVENT_RETENTION_DAYS ?? String(DEFAULT_RETENTION_DAYS);
  const eventRetentionDays = retention === "forever" ? null : Number(retention);
  if (!/^([1-9][0-9]{0,3}|forever)$/.test(retention) || (eventRetentionDays ?? 0) > MAX_RETENTION_DAYS)
    problems.push(`EVENT_RETENTION_DAYS must be a number of days from 1 to ${MAX_RETENTION_DAYS}, or forever`);

  if (!["true", "false", undefined].includes(env.READ_REPLICATION)) problems.push("READ_REPLICATION must be true or false");
  const readReplication = env.READ_REPLICATION === "true";

  if (problems.length > 0 || !baseUrl) throw new ConfigError(problems);
  return Object.freeze({
    baseUrl,
    defaultProjectSlug,
    rootKey,
    encryptionKeys,
    allowInsecureIssuers,
    eventRetentionDays,
    readReplication,
  });
}

/** `localhost`, anything below it (RFC 6761, section 6.3), and the loopback addresses. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
}

function decodeKey(text: string): Uint8Array | undefined {
  try {
    return base64url.decode(text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  } catch {
    return undefined;
  }
}
