// A project that signs, as an isolate of its own sees it, with a clock that the test turns.

import type { Project } from "../../src/domain/projects/project.ts";
import { createSigningKeyService, type SigningKeyService } from "../../src/domain/signing-keys/service.ts";
import { createProject } from "../support/seed.ts";
import { type StoreRuntime, storeRuntime } from "../support/store-runtime.ts";

export interface Isolate {
  keys: SigningKeyService;
  store: StoreRuntime;
}

/** A fresh isolate over the test file's D1. Isolates that share `time` share their clock. */
export function isolate(time: { now: number } = { now: Date.now() }): Isolate {
  const store = storeRuntime(time);
  return { keys: createSigningKeyService(store.runtime), store };
}

/** Claims of a token that lives for a minute. */
export const claims = (at = Date.now()) => ({ sub: "someone", iat: Math.floor(at / 1000), exp: Math.floor(at / 1000) + 60 });

export async function jwksUrl(project?: Project): Promise<string> {
  return `http://${(project ?? (await createProject())).slug}.localhost:8787/.well-known/jwks.json`;
}
