// The report of a run, docs/benchmarks.md. Everything in it follows from the figures. Pure.

import { judgeFlatness, judgeGoals, type Verdict } from "./goals.ts";
import type { Machine } from "./machine.ts";
import type { Series } from "./measure.ts";
import type { Options } from "./options.ts";
import type { Group } from "./scenario.ts";
import { ALONE_HEADINGS, aloneCells, cellsOf, HEADINGS, linesOf, markdownTable } from "./tables.ts";

/** Load from which a machine is not ours alone. */
const BUSY = 1;

export function reportOf(groups: readonly Group[], series: readonly Series[], chosen: Options, machine: Machine): string {
  const byGroup = groups.map((group) => ({
    group,
    lines: linesOf(
      group,
      series.filter(({ group: name }) => name === group.name),
    ),
  }));
  const together = byGroup.filter(({ group }) => !group.alone);
  const alone = byGroup.filter(({ group }) => group.alone);
  const lines = together.flatMap((each) => each.lines);
  return [
    "# Benchmarks",
    "Written by `npm run bench`, not by hand. Everything runs on one machine, over loopback.",
    markdownTable(["", ""], machine.facts),
    ...warningOf(machine),
    "## Goals",
    summaryOf([...judgeGoals(lines), ...judgeFlatness(lines)]),
    verdictTable("goal", judgeGoals(lines)),
    "The same from the fewest organizations to the most, as the time that one takes:",
    verdictTable("path", judgeFlatness(lines)),
    READING,
    `Rounds: ${chosen.rounds} of ${chosen.seconds} s each, ${chosen.judgedRounds} where a goal is judged. Figures are medians of the rounds; spreads are the least and the greatest.`,
    NEIGHBOURS,
    ...aloneSection(alone.flatMap((each) => aloneCells(each.lines))),
    ...together.flatMap(({ group, lines: its }) => [`## ${group.title}`, markdownTable(HEADINGS, its.map(cellsOf))]),
    "",
  ].join("\n\n");
}

function aloneSection(rows: string[][]): string[] {
  return rows.length > 0 ? [ALONE, markdownTable(ALONE_HEADINGS, rows)] : [];
}

/** Rates and times of a machine that does other things as well are no figures. */
function warningOf({ load }: Machine): string[] {
  if (load < BUSY) return [];
  const what = `**The machine was busy before this run began (load ${load.toFixed(1)}).**`;
  return [`${what} Its rates and times, and the verdicts on them, mean little; CPU and what is by CPU can be read.`];
}

export function summaryOf(verdicts: readonly Verdict[]): string {
  const missed = verdicts.filter(({ met }) => !met);
  if (verdicts.length === 0) return "Nothing was measured that a goal is about.";
  if (missed.length === 0) return `All ${verdicts.length} are met, at every size and at every number at once.`;
  const names = missed.map(({ text, worst, bound }) => `${text} (${worst.toFixed(2)}, wanted ${bound})`);
  return `**${missed.length} of ${verdicts.length} are missed:** ${names.join("; ")}.`;
}

function verdictTable(what: string, verdicts: readonly Verdict[]): string {
  const headings = [what, "wanted", "the worst", "by CPU", "where", "typical", ""];
  const rows = verdicts.map(({ text, bound, worst, where, typical, met, byCpu }) => {
    return [text, bound, worst.toFixed(2), byCpu?.toFixed(2) ?? "", where, typical.toFixed(2), met ? "met" : "**missed**"];
  });
  return markdownTable(headings, rows);
}

const READING = `## How to read this

Orgate is built and minified as for a deployment. It and the floors are two Workers in one workerd, with the same local D1
and KV, each on a socket of its own. A floor does one thing and nothing else, written as the documentation of Hono, drizzle,
jose and oauth4webapi has it. The bare relying party reads one row, makes the checks that the library makes (the ID token's
signature included), and keeps its session in a sealed cookie; it has no tenants, no single use, no audit and no session that
could be ended. One *that keeps as much* has the last three: it consumes its transaction in D1 before it redeems the code, and then
stores a session and a line of a log in one batch, each in a table without an index. It is the least that such a login costs.

Floors and ours take turns of a tenth of a second within every round, there and back again, on every size; connections stand
before the clock starts. *rate / floor* and *CPU / floor* are the medians of what each round gave as a whole: what slows the
machine for a while slows both, and what one leaves for later falls on both. *CPU* is the time of workerd's process per request, local D1 and
KV included: on a busy machine it is the steadier number, and *by CPU* among the goals is the same ratio made of CPU. A goal is
judged by the worst of its cells (each size, each number at once); *typical* is the one in the middle. *IdP CPU* is the identity
provider's, a process of its own, and is in none of the other figures but the times. *time / smallest* compares with the smallest size, by rate. The load comes from a third
process; any wrong status or body ends the run.

- KV has the filter of the domains that are in its index, made by the night shift's own code, and an isolate loads it at its first
  lookup. A *cold* domain came later: it is in D1, and neither in the index nor in the filter. So it and an *unknown* one are asked
  of D1 at once, but for one in a hundred that the filter takes for another: KV is asked for that one first. A cold domain is written
  to KV when it is asked for again, and here each is asked for once. A *KV-warm* lookup walks through more domains than an isolate
  remembers.
- *Callback* begins after the start, which is made ready beforehand; *whole login* is both. People have been there before.
- *Password login* is scrypt (N = 2^14, r = 8, p = 5) and little else, so it is asked for by one and by four at once only.
- The token endpoint redeems authorization codes that were made ready beforehand; its floor, like that of the management API,
  is one D1 row, for scale and not as a goal. \`oidc-provider\` does the work there.
- The limiter in front of the public doors is not asked: requests without Cloudflare's header are not limited, and the local
  stand-in for it is a database, where the real one counts in memory.
- Requests to the identity provider pass an interceptor of the local runtime, ours and the bare relying party's alike.
- Databases of n organizations have two domains and one connection for each and ten people in each.`;

const NEIGHBOURS = `For scale, figures known of others on two such cores: 377 → 182 lookups a second from 10 to 10,000 organizations for the best
library on workerd and D1, 1,055 → 689 for it on Node, where a bare relying party does 1,190 → 1,108; 9 to 11 ms of server CPU
for a whole login where the bare one takes 3.8.`;

const ALONE = `## The Worker alone

On Cloudflare D1 and KV are elsewhere, and what is billed and limited is the CPU of the Worker: here *CPU* is that of a workerd
which has the two Workers in it and nothing else (on the smallest size), with its side of the connections to the load, the
stores and the identity provider, and without the interceptor. *Stores' CPU* is what the local D1 and KV take meanwhile, in the
process that the tables below are about; it says about how much of their CPU is not the Worker's. No goal is judged by this table.`;
