/// <reference types="@cloudflare/vitest-plugin/types" />
declare namespace Cloudflare {
  interface Env {
    PLACE_1: D1Database;
    PLACE_2: D1Database;
    PLACE_3: D1Database;
    PLACE_4: D1Database;
    PLACE_5: D1Database;
    PLACE_6: D1Database;
    PLACE_7: D1Database;
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
