// Every test file starts on an empty, migrated D1, empty KV and modules that remember nothing, although the runtime is
// started once for all of them.

import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

vi.useRealTimers();
vi.resetModules();
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
