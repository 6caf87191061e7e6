// The parts of Runtime that stores and the rooms around them need, over counted bindings, with a clock that the test turns
// and background work that the test waits for. Nothing here reaches the network.

import { env } from "cloudflare:workers";
import { readConfig } from "../../src/config.ts";
import { createSealer } from "../../src/crypto/seal.ts";
import type { Runtime } from "../../src/services.ts";
import { createDisplays } from "../../src/storage/display.ts";
import { createDomainIndex } from "../../src/storage/domain-index.ts";
import { createPlacement } from "../../src/storage/placement.ts";
import { type CountedEnv, countingEnv } from "./counting.ts";

export interface StoreRuntime {
  runtime: Runtime;
  counted: CountedEnv;
  /** Milliseconds; `now` may be set. */
  time: { now: number };
  /** Waits for everything given to `background` so far. */
  settled(): Promise<void>;
}

/** A fresh isolate over the test file's stores. */
export function storeRuntime(time: { now: number } = { now: Date.now() }): StoreRuntime {
  const counted = countingEnv(env);
  const config = readConfig(env);
  const pending: Promise<unknown>[] = [];
  const clock = () => time.now;
  const background = (work: Promise<unknown>) => void pending.push(work.catch(() => undefined));
  const databases = new Map([[0, counted.env.DB]]);
  const placement = createPlacement(databases, { clock, background });
  const unused = () => Promise.reject(new Error("no identity provider in this test"));
  const runtime: Runtime = {
    config,
    clock,
    background,
    databaseFor: placement.databaseFor,
    directory: placement.directory,
    placement,
    displays: createDisplays(databases, placement, false),
    sealer: createSealer(config.encryptionKeys),
    connector: { start: unused, checkResponse: () => ({ ok: true }), finish: unused, readLogoutToken: unused, check: unused },
    outbound: Object.assign(unused, { refuse: () => undefined }),
    domainIndex: createDomainIndex(counted.env.DOMAIN_INDEX),
  };
  return {
    runtime,
    counted,
    time,
    async settled() {
      while (pending.length > 0) await Promise.all(pending.splice(0));
    },
  };
}
