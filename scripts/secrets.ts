// The secrets of a local Orgate, in .dev.vars, and the demo's passwords, beside the local data.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Creates the file with random secrets, readable by its owner only, unless it is there. */
export function ensureDevVars(path: string): { created: boolean } {
  if (existsSync(path)) return { created: false };
  writeFileSync(path, devVars(newSecrets()), { mode: 0o600, flag: "wx" });
  return { created: true };
}

/** The secrets that `[secrets]` in wrangler.toml requires, freshly drawn. */
export function newSecrets(): { ROOT_KEY: string; ENCRYPTION_KEYS: string } {
  return {
    ROOT_KEY: `orgate_root_${randomBytes(32).toString("base64url")}`,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  };
}

function devVars(secrets: Record<string, string>): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
  return ["# Secrets of the local Orgate. Made by `npm start`; never commit them.", ...lines, ""].join("\n");
}

/** One variable of a `.dev.vars` file. The environment comes first, as for wrangler itself. */
export function readSecret(path: string, name: string): { value: string; from: "environment" | "file" } {
  const inherited = process.env[name];
  if (inherited) return { value: inherited, from: "environment" };
  const line = readFileSync(path, "utf8").match(new RegExp(`^${name}=(.*)$`, "m"));
  const value = (line?.[1] ?? "").trim().replace(/^(["'])(.*)\1$/, "$2");
  if (!value) throw new Error(`${name} is missing in ${path}`);
  return { value, from: "file" };
}

export interface DemoCredentials {
  operatorPassword: string;
  localPassword: string;
  /** Secret of Orgate's client registrations at the demo identity providers. */
  clientSecret: string;
}

/** The demo's passwords, drawn at the first start and kept with the data they belong to. */
export function ensureDemoCredentials(directory: string): DemoCredentials {
  const path = demoCredentialsPath(directory);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as DemoCredentials;
  const credentials = newDemoCredentials();
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  return credentials;
}

export function newDemoCredentials(): DemoCredentials {
  const draw = () => randomBytes(12).toString("base64url");
  return { operatorPassword: draw(), localPassword: draw(), clientSecret: randomBytes(32).toString("base64url") };
}

export function demoCredentialsPath(directory: string): string {
  return join(directory, "demo.json");
}
