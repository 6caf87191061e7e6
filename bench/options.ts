// The command line of the benchmark.

import { parseArgs } from "node:util";

export interface Options {
  sizes: number[];
  /** Groups whose names begin with one of these; all when empty. */
  only: string[];
  rounds: number;
  /** Of the groups that a goal is about. */
  judgedRounds: number;
  seconds: number;
  concurrency: number[];
  /** Where the report goes; undefined: nowhere. */
  write: string | undefined;
  against: Against | undefined;
}

/** Another server instead of ours. */
export interface Against {
  url: URL;
  /** Request lines, without the method: `/self-service/sso?identifier=a@example.com`. */
  paths: string[];
  headers: Record<string, string>;
}

export const HELP = `npm run bench -- [options]

  --sizes 10,1000,10000,100000   organizations in the database, one database for each
  --only lookup,whoami           only groups whose names begin so
  --rounds 5                     rounds; every figure is the median of them
  --judged-rounds 15             the same of what a goal is about (default: three times --rounds)
  --seconds 0.4                  length of one measurement
  --concurrency 1,16,64          requests at once
  --quick                        for development: one size (1000), two rounds, 0.3 s; writes no report
  --write docs/benchmarks.md     where the report goes; a run of all groups and sizes writes there by itself
  --against URL                  the same load against another server, without floors and without a report:
    --path PATH                  what to ask for, may be given several times; \`{n}\` counts the requests
                                 (default: the lookup of an unknown domain)
    --header 'Name: value'       sent along, may be given several times
                                 (whoami: --path /sessions/whoami --header 'Cookie: __Host-orgate_session=…')
`;

/** A goal is judged by the worst of twelve medians, so they have to be closer to the truth than one that is only looked at. */
const JUDGED_MORE = 3;

const DEFAULT_PATH = "/self-service/sso?identifier=someone@nobody{n}.example";

/** @throws {Error} naming what cannot be understood. `undefined` when help was asked for */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      sizes: { type: "string" },
      only: { type: "string" },
      rounds: { type: "string" },
      "judged-rounds": { type: "string" },
      seconds: { type: "string" },
      concurrency: { type: "string" },
      quick: { type: "boolean" },
      write: { type: "string" },
      against: { type: "string" },
      path: { type: "string", multiple: true },
      header: { type: "string", multiple: true },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const quick = values.quick === true;
  const whole = !quick && values.sizes === undefined && values.only === undefined && values.against === undefined;
  const rounds = number("rounds", values.rounds ?? (quick ? "2" : "5"), 1);
  return {
    sizes: numbers("sizes", values.sizes ?? (quick ? "1000" : "10,1000,10000,100000"), 10),
    only: values.only?.split(",") ?? [],
    rounds,
    judgedRounds: number("judged-rounds", values["judged-rounds"] ?? String(quick ? rounds : rounds * JUDGED_MORE), 1),
    seconds: number("seconds", values.seconds ?? (quick ? "0.3" : "0.4"), 0.01),
    concurrency: numbers("concurrency", values.concurrency ?? "1,16,64", 1),
    write: values.write ?? (whole ? "docs/benchmarks.md" : undefined),
    against: values.against === undefined ? undefined : readAgainst(values.against, values.path, values.header),
  };
}

function readAgainst(url: string, paths: string[] | undefined, headers: string[] | undefined): Against {
  if (!URL.canParse(url) || new URL(url).protocol !== "http:") throw new Error("--against needs an http URL");
  const pairs = (headers ?? []).map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  return { url: new URL(url), paths: paths ?? [DEFAULT_PATH], headers: Object.fromEntries(pairs) };
}

function numbers(name: string, text: string, least: number): number[] {
  return text.split(",").map((each) => number(name, each, least));
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least) throw new Error(`--${name}: ${text} is not a number from ${least} on`);
  return value;
}
