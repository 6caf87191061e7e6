// docs/scale.md and what computes it: the arithmetic by cases checked by hand, the simulations by what must be true of every one,
// the findings by the numbers they speak of, and that the document is what `npm run scale -- --write` gives now.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { BUDGETS } from "../../bench/budgets.ts";
import { FREE, LIMITS, PAID } from "../../bench/prices.ts";
import { ROW_SIZES } from "../../bench/row-sizes.ts";
import { ASSUMPTIONS, CPU_MS, type Scenario, scenario } from "../../bench/scale/assumptions.ts";
import { capacityOf } from "../../bench/scale/capacity.ts";
import { billOf, charge, usageOf } from "../../bench/scale/cost.ts";
import { demandOf, hostRequestsPerLogin } from "../../bench/scale/demand.ts";
import { partsOf } from "../../bench/scale/document.ts";
import { findings } from "../../bench/scale/findings.ts";
import { beyondFreeCpu, freeLimits } from "../../bench/scale/free-plan.ts";
import { endOfPace, endOfQueries, slowness, tableSizes } from "../../bench/scale/growth.ts";
import { bytes, short, withParts } from "../../bench/scale/markdown.ts";
import { monthOf, trafficOf } from "../../bench/scale/model.ts";
import { RUNS_PER_DAY } from "../../bench/scale/night-shift.ts";
import { budgetOf, PATHS, type PathName } from "../../bench/scale/paths.ts";
import type { DocumentShares, HitShares } from "../../scripts/scale-simulation.ts";
import { SWEEP_WINDOW, SWEEP_WINDOWS } from "../../src/jobs/pace.ts";

const all = { isolate: 1, kv: 0, source: 0 };
const warmDocument: DocumentShares = { ...all, written: 0 };
const WARM: HitShares = {
  knownDomain: all,
  unknownDomain: all,
  filter: all,
  host: all,
  metadata: warmDocument,
  keys: warmDocument,
  domainKvHot: 1,
  isolates: 1,
};
/** Somebody comes back to an organization, and nothing else happens. */
const BARE: Partial<Scenario> = {
  ssoShare: 1,
  lookupsPerLogin: 0,
  whoamiPerLogin: 0,
  providerShare: 0,
  refusedShare: 0,
  firstLoginShare: 0,
  logoutShare: 0,
  freshBrowserShare: 0,
  changesPerThousand: 0,
};
const SMALL = scenario(30_000, { locations: 5 });
/** Computed once for all who only look at it. */
const MILLION = monthOf(scenario(1e6));

describe("prices", () => {
  test("Cloudflare's own example: 100 million requests of 7 ms are $45.40", () => {
    expect(charge(PAID.requests, 100e6)).toBeCloseTo(27);
    expect(charge(PAID.cpuMs, 700e6)).toBeCloseTo(13.4);
    expect(PAID.base.dollars + 27 + 13.4).toBeCloseTo(45.4);
  });

  test("what is included costs nothing, and the first million above it its price", () => {
    for (const tariff of Object.values(PAID)) {
      if (!("included" in tariff)) continue;
      expect(charge(tariff, tariff.included)).toBe(0);
      expect(charge(tariff, tariff.included + tariff.per)).toBeCloseTo(tariff.price);
    }
  });

  test("every number names its page", () => {
    const sources = [...Object.values(PAID), ...Object.values(LIMITS)].map(({ source }) => source);
    for (const { page, dated } of sources) expect(`${page} ${dated}`).toMatch(/^[a-z0-9/-]+\/ (?:undated|\d{4}-\d{2}-\d{2})$/);
  });
});

describe("demand", () => {
  test("a login that finds everything warm is its page, its start and its callback", () => {
    const s = scenario(1000, { ...BARE, loginsPerOrganization: 1e12 }); // so many that hardly any is the first of ten minutes
    const { perLogin } = demandOf(s, WARM);
    expect(perLogin).toMatchObject({ requests: 3, kvGets: 0, kvPuts: 0, directoryReads: 0, fetches: BUDGETS.callback.fetches });
    expect(perLogin.cpuMs).toBeCloseTo(CPU_MS.page + CPU_MS.start + CPU_MS.callback);
    expect(perLogin.rowsWritten).toBeCloseTo(BUDGETS.callback.rowsWritten, 4);
    const trips = BUDGETS.loginPage.d1RoundTrips + BUDGETS.ssoStartByAddress.d1RoundTrips + BUDGETS.callback.d1RoundTrips;
    expect(perLogin.reads + perLogin.writes).toBe(trips);
    expect(hostRequestsPerLogin(s)).toBe(3);
  });

  test("a login after quiet minutes also writes that its connection works", () => {
    const { perLogin } = demandOf(scenario(1000, { ...BARE, loginsPerOrganization: 1 }), WARM);
    expect(perLogin.rowsWritten).toBeCloseTo(BUDGETS.callbackFirstInTenMinutes.rowsWritten, 3);
  });

  test("cold ones cost what the counted budgets of cold isolates say", () => {
    const fromKv = { isolate: 0, kv: 1, source: 0, written: 0 };
    const nobody = { isolate: 0, kv: 0, source: 1, written: 1 };
    const s = scenario(1000, { ...BARE, loginsPerOrganization: 1e12 });
    const warm = demandOf(s, WARM).perLogin;
    const { callbackIsolateCold: cold, callbackNothingKnown: unknown, ssoStartIsolateCold, ssoStartNothingKnown } = BUDGETS;
    const known = demandOf(s, { ...WARM, metadata: fromKv, keys: fromKv }).perLogin;
    expect(known.kvGets).toBe(ssoStartIsolateCold.kvGets + cold.kvGets);
    const asked = demandOf(s, { ...WARM, metadata: nobody, keys: nobody }).perLogin;
    expect(asked.kvPuts).toBe(ssoStartNothingKnown.kvPuts + unknown.kvPuts);
    const unwritten = { ...nobody, written: 0 };
    expect(demandOf(s, { ...WARM, metadata: unwritten, keys: unwritten }).perLogin).toEqual({ ...asked, kvPuts: 0 });
    expect(asked.fetches - warm.fetches).toBe(ssoStartNothingKnown.fetches + unknown.fetches - cold.fetches);
    const hosts = demandOf(s, { ...WARM, host: nobody }).perLogin;
    expect(hosts.directoryReads).toBe(3);
    expect(hosts.rowsRead - warm.rowsRead).toBeCloseTo(3 * (BUDGETS.whoamiHostCold.rowsRead - BUDGETS.whoami.rowsRead));
  });

  test("a lookup asks KV for what the isolate does not know, and D1 for what nobody owns: that alone, once the filter is there", () => {
    const nobody = { isolate: 0, kv: 0, source: 1 };
    const filter = { isolate: 0.9, kv: 0.1, source: 0 };
    const misses = { ...WARM, knownDomain: { isolate: 0.25, kv: 0.75, source: 0 }, unknownDomain: nobody, filter };
    const lookups = { ...BARE, lookupsPerLogin: 2, unknownShare: 0.25 };
    const [none, some] = [WARM, misses].map((hits) => demandOf(scenario(1000, lookups), hits).perLogin);
    expect((some?.kvGets ?? 0) - (none?.kvGets ?? 0)).toBeCloseTo(2 * (0.75 * 0.75 + 0.25 * 0.1 + 0.1));
    expect((some?.reads ?? 0) - (none?.reads ?? 0)).toBeCloseTo(2 * 0.25);
  });

  test("the standard login, added up by hand", () => {
    const browser = 1.5 + 1 + 0.3 + 0.927 + 0.9 + 0.03 + 0.1; // lookups, page, files, start, callback, refused, password
    const apps = 0.3 * (2 + 1 + 2 + 1); // authorize twice, token, two refreshes, userinfo
    const rest = 20 + 0.2 * 2 + 0.001; // whoami, logout and its link, management
    expect(demandOf(scenario(1e6), WARM).perLogin.requests).toBeCloseTo(browser + apps + rest);
    const written =
      0.882 * BUDGETS.callback.rowsWritten +
      0.018 * BUDGETS.callbackFirstLogin.rowsWritten +
      0.03 * BUDGETS.refusedLogin.rowsWritten +
      0.1 * BUDGETS.passwordLogin.rowsWritten +
      0.3 * (BUDGETS.authorize.rowsWritten + BUDGETS.token.rowsWritten + 2 * BUDGETS.refresh.rowsWritten) +
      0.2 * BUDGETS.logout.rowsWritten +
      0.001 * BUDGETS.createOrganization.rowsWritten;
    const healthy = 0.882 / (1 + ((2_000 * 0.9) / (30 * 24 * 60)) * 10);
    expect(demandOf(scenario(1e6), WARM).perLogin.rowsWritten).toBeCloseTo(written + healthy);
  });

  test("a path has round trips that write exactly when it writes rows", () => {
    for (const [path, { writes }] of Object.entries(PATHS)) {
      const { d1RoundTrips, rowsWritten } = budgetOf(path as PathName);
      expect(writes, path).toBeLessThanOrEqual(d1RoundTrips);
      expect(writes > 0, path).toBe(rowsWritten > 0);
    }
  });

  test("twice the logins are twice the usage of what comes with logins", () => {
    const [once, twice] = [1e6, 2e6].map((logins) => usageOf(scenario(logins), 1, WARM));
    expect((twice?.requests ?? 0) / (once?.requests ?? 1)).toBeCloseTo(2);
    expect((twice?.rowsWritten ?? 0) / (once?.rowsWritten ?? 1)).toBeCloseTo(2);
  });

  test("every assumption changes something", () => {
    const base = scenario(1e8);
    const month = monthOf(base);
    const seen = (s: Scenario) => {
      const { bill, capacity, traffic } = monthOf(s, {}, { ...month, traffic: trafficOf(s) });
      return JSON.stringify([bill.usage, capacity, traffic]);
    };
    const before = seen(base);
    for (const name of Object.keys(ASSUMPTIONS) as (keyof typeof ASSUMPTIONS)[]) {
      expect(seen({ ...base, [name]: base[name] / 2 }), name).not.toBe(before);
    }
  });
});

describe("growth", () => {
  test("a table that is walked is twice as large at half of the pace, and has no end at the pace", () => {
    const end = endOfPace(scenario(1), "sessions");
    expect(end).toBeCloseTo((SWEEP_WINDOW * SWEEP_WINDOWS * RUNS_PER_DAY * 30) / (1 - ASSUMPTIONS.logoutShare.value));
    expect(slowness(scenario(end / 2), 1, "sessions")).toBeCloseTo(2);
    expect(slowness(scenario(end), 1, "sessions")).toBe(Number.POSITIVE_INFINITY);
    expect(slowness(scenario(end), 2, "sessions")).toBeCloseTo(2);
    expect(slowness(scenario(end / 2), 1, "events")).toBe(1);
  });

  test("the audit log: a million logins a month, an event each, 400 days", () => {
    const events = tableSizes(scenario(1e6, BARE), 1).find(({ name }) => name.startsWith("events"));
    expect(events?.rows).toBeCloseTo((1e6 / 30) * 400);
    expect(events?.bytes).toBeCloseTo((1e6 / 30) * 400 * ROW_SIZES["events: login.succeeded"].bytes);
  });

  test("a project is as large as its database, and the night shift keeps up with it", () => {
    const { capacity } = MILLION;
    expect(Math.min(capacity.largestBySize, capacity.largestByLoad)).toBeLessThan(
      endOfPace(scenario(1e6), "provider_artifacts") / 2,
    );
    expect(endOfQueries(scenario(1e6))).toBeGreaterThan(endOfPace(scenario(1e6), "provider_artifacts"));
  });
});

describe("capacity", () => {
  test("databases are enough for what is stored and for who waits", () => {
    for (const logins of [1e6, 1e8]) {
      const s = scenario(logins);
      const capacity = capacityOf(s, WARM);
      const stored = tableSizes(s, capacity.databases).reduce((sum, { bytes: size }) => sum + size, 0);
      expect(stored / capacity.databases).toBeLessThanOrEqual(LIMITS.d1Bytes.value * s.fill);
      expect(capacity.waiting.p99).toBeLessThan(s.p99WaitMs);
      expect(capacity.databases).toBe(Math.max(capacity.bySize, capacity.byLoad));
    }
  });
});

describe("findings follow from the numbers", () => {
  const small = monthOf(SMALL);

  test("the directory is named where it is too busy, and not where it is idle", () => {
    expect(MILLION.capacity.directory.busy).toBeLessThan(0.1);
    expect(findings([MILLION], small).join("\n")).not.toContain("the directory does not hold");
    expect(findings([monthOf(scenario(1e6, { readMs: 50 }), {}, MILLION)], small).join("\n")).toContain(
      "the directory does not hold",
    );
  });

  test("an account's storage is named when it is exceeded", () => {
    const months = (logins: number) => [monthOf(scenario(logins, { loginsPerOrganization: 1e6, locations: 1 }))];
    const said = (logins: number) => findings(months(logins), small).join("\n");
    expect(said(1e8)).not.toContain("an account's storage is not enough");
    expect(said(2e8)).toContain("an account's storage is not enough");
  });

  test("the night shift is told to run more often exactly when its queries are too few", () => {
    const end = endOfQueries(scenario(1));
    const loud = "it must run more often";
    expect(findings([monthOf(scenario(end * 0.9, { locations: 1 }))], small).join("\n")).not.toContain(loud);
    expect(findings([monthOf(scenario(end * 1.1, { locations: 1 }))], small).join("\n")).toContain(loud);
  });

  test("the Free plan ends where its first limit does", () => {
    const limits = freeLimits(SMALL, small.hits);
    const perDay = limits.map(({ loginsPerDay }) => loginsPerDay);
    expect(perDay).toEqual([...perDay].sort((a, b) => a - b));
    const requests = limits.find(({ limit }) => limit === "requests a day");
    const used = (logins: number) => usageOf({ ...SMALL, loginsPerMonth: logins * 30 }, 1, small.hits).requests / 30;
    expect(used(requests?.loginsPerDay ?? 0)).toBeLessThanOrEqual(FREE.requests.perDay);
    expect(used((requests?.loginsPerDay ?? 0) + 1)).toBeGreaterThan(FREE.requests.perDay);
    expect(findings([], small).join("\n")).toContain(
      `ends at ${perDay[0]?.toLocaleString("en-US")} logins a day, by its ${limits[0]?.limit}`,
    );
    expect(beyondFreeCpu()).toEqual(["password"]);
  });

  test("a bill is the sum of its lines", () => {
    const { dollars, total } = billOf(usageOf(scenario(1e8), 90, WARM));
    expect(Object.values(dollars).reduce((sum, value) => sum + value, 0)).toBeCloseTo(total);
  });
});

describe("the document", () => {
  test("numbers as it shows them", () => {
    expect([1_234_567, 999.9, 0.5, 86_400_000, 999_600].map(short)).toEqual(["1.2M", "1k", "0.50", "86M", "1M"].map(trimmed));
    expect(bytes(6.9e12)).toBe("6.9 TB");
  });

  test("a part without its marks is an error, not a silent nothing", () => {
    expect(() => withParts("no marks", { cost: "" })).toThrow("no part cost");
    expect(withParts("<!-- scale:a -->old<!-- /scale:a -->", { a: "new" })).toBe("<!-- scale:a -->\nnew\n<!-- /scale:a -->");
  });

  test("docs/scale.md is what the script gives now: npm run scale -- --write", { timeout: 300_000 }, () => {
    const document = readFileSync(resolve(import.meta.dirname, "../../docs/scale.md"), "utf8");
    const parts = partsOf();
    expect(withParts(document, parts)).toBe(document);
    expect(document.match(/<!-- scale:/g)).toHaveLength(Object.keys(parts).length);
  });

  test("npm run scale computes for other traffic", { timeout: 120_000 }, () => {
    const many = execFileSync("npm", ["run", "-s", "scale", "--", "--logins", "2e6", "--whoami", "50"], { encoding: "utf8" });
    expect(many).toContain("At 2M logins a month");
    expect(many).toContain("| `--whoami` | 50 |");
    const script = ["--experimental-transform-types", "scripts/scale.ts", "--whoami", "often"];
    expect(() => execFileSync(process.execPath, script, { encoding: "utf8", stdio: "pipe" })).toThrow("wants a number");
  });

  test("the same traffic is simulated the same", () => {
    expect(trafficOf(scenario(1e6)).seed).toBe(trafficOf(scenario(1e9)).seed);
    expect(monthOf(SMALL)).toEqual(monthOf(SMALL));
  });
});

function trimmed(text: string): string {
  return text.replace("0.50", "0.5");
}
