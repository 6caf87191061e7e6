// What the numbers say, as sentences: every one is computed, and is there only as long as it is true.

import { LIMITS } from "../prices.ts";
import { scenario } from "./assumptions.ts";
import type { BillLine } from "./cost.ts";
import { freeLimits } from "./free-plan.ts";
import { endOfPace, endOfQueries } from "./growth.ts";
import { bytes, dollars, percent, short, whole } from "./markdown.ts";
import { type Month, monthOf } from "./model.ts";
import { SWEEP, type SweepTask } from "./night-shift.ts";

/** A directory busier than this has no room for the day that is unlike the others. */
const BUSY_DIRECTORY = 0.5;

/** @param small a month of an installation small enough for the Free plan */
export function findings(months: readonly Month[], small: Month): string[] {
  return [...months.flatMap(ofMonth), ...ofProjects(months), ...ofSweeps(months), ...ofFreePlan(small)];
}

function ofMonth(month: Month): string[] {
  const { scenario: s, bill, capacity: c, hits } = month;
  const at = `At ${short(s.loginsPerMonth)} logins a month`;
  const lines = Object.entries(bill.dollars) as [BillLine | "base", number][];
  const [most = ["base", 0] as const] = lines.sort(([, a], [, b]) => b - a);
  const share = percent(most[1] / bill.total);
  const found = [
    `${at}: $${dollars(bill.total)}, most of it ${WORDS[most[0]]} (${share}); ${whole(c.databases)} database${c.databases === 1 ? "" : "s"}, ` +
      `${c.bySize > c.byLoad ? "because of what the audit log takes" : "so that nobody waits"}.`,
  ];
  if (bill.usage.d1Stored > LIMITS.d1AccountBytes.value) {
    found.push(
      `**${at} an account's storage is not enough**: ${bytes(bill.usage.d1Stored)} of 1 TB, which Cloudflare raises on request.`,
    );
  }
  if (c.directory.busy > BUSY_DIRECTORY) {
    found.push(
      `**${at} the directory does not hold**: ${percent(hits.host.source)} of the requests that need the project of their host ask it, ` +
        `${short(c.directoryReads)} a second in the busiest ones, and it is one database for all.`,
    );
  }
  return found;
}

const WORDS: Record<BillLine | "base", string> = {
  base: "the subscription",
  requests: "requests",
  cpuMs: "CPU",
  kvReads: "KV reads",
  kvWrites: "KV writes",
  kvStored: "KV storage",
  rowsRead: "rows read",
  rowsWritten: "rows written",
  d1Stored: "storage",
  logBytes: "logs",
};

/** A project lives in one database: what that can be is the end of it. */
function ofProjects([month]: readonly Month[]): string[] {
  if (!month) return [];
  const { scenario: s, capacity: c } = month;
  const ninety = monthOf({ ...s, eventDays: 90 }, {}, month).capacity;
  return [
    `**The largest project there can be** has ${short(c.largestBySize)} logins a month, when its 10 GB are full with an audit log of ${s.eventDays} days; ` +
      `${short(Math.min(ninety.largestBySize, ninety.largestByLoad))} with one of 90 days; ${short(c.largestByLoad)} until callers wait longer than ${s.p99WaitMs} ms.`,
  ];
}

function ofSweeps(months: readonly Month[]): string[] {
  const s = months[0]?.scenario ?? scenario(1e6);
  const tasks = (Object.keys(SWEEP) as SweepTask[]).map((task) => [task, endOfPace(s, task)] as const);
  const [first = ["sessions", Number.POSITIVE_INFINITY] as const] = tasks.sort(([, a], [, b]) => a - b);
  const slowest = `In one database the night shift keeps up with ${short(first[1])} logins a month; \`${first[0]}\` is the first it falls behind with.`;
  const all = endOfQueries(s);
  const most = Math.max(...months.map(({ scenario: { loginsPerMonth } }) => loginsPerMonth));
  const together = `Over all databases together its queries are enough for ${short(all)} logins a month (D1 allows ${whole(LIMITS.d1Queries.value)} in an invocation)`;
  return [slowest, all < most ? `**${together}: above that it must run more often**.` : `${together}.`];
}

function ofFreePlan({ scenario: s, hits }: Month): string[] {
  const [first] = freeLimits(s, hits);
  return first
    ? [
        `The Free plan ends at ${whole(first.loginsPerDay)} logins a day, by its ${first.limit}; password logins never work on it.`,
      ]
    : [];
}
