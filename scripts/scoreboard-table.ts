// From the catalogue and the results of the tests to a table: which id is settled by which tests, and how they ended. Pure.

import type { Entry } from "../test/catalogue/entry.ts";
import { carries } from "../test/catalogue/index.ts";

export interface TestResult {
  /** Path in the repository. */
  file: string;
  /** With the titles of what it stands in. */
  title: string;
  passed: boolean;
}

export interface Row {
  entry: Entry;
  tests: TestResult[];
  state: "passed" | "failed" | "not covered" | "pending";
}

export interface Group {
  name: string;
  rows: Row[];
}

/** Shown in full up to this many; the rest is a number. */
const TESTS_SHOWN = 3;

/** Looks for every id in every title. What waits for a feature is pending, unless a test of it fails. */
export function score(
  catalogue: readonly { name: string; entries: readonly Entry[] }[],
  results: readonly TestResult[],
): Group[] {
  return catalogue.map(({ name, entries }) => ({
    name,
    rows: entries.map((entry) => {
      const tests = results.filter(({ title }) => carries(title, entry.id));
      return { entry, tests, state: stateOf(entry, tests) };
    }),
  }));
}

function stateOf(entry: Entry, tests: readonly TestResult[]): Row["state"] {
  if (tests.some(({ passed }) => !passed)) return "failed";
  if (entry.waitsFor !== undefined) return "pending";
  return tests.length > 0 ? "passed" : "not covered";
}

/** The page, worst first. */
export function renderScoreboard(board: readonly Group[]): string {
  const lines = [
    "# Scoreboard",
    "",
    "Written by `npm run scoreboard` from the results of the tests; not by hand. A test settles an id when its title carries it.",
    "",
    "| | passed | failed | not covered | pending |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...board.map(({ name, rows }) => `| ${name} | ${COUNTED.map((state) => countOf(rows, state)).join(" | ")} |`),
    "",
    ...alarm("NOT COVERED", "No test carries these ids, though they apply.", board, "not covered"),
    ...alarm("FAILED", "A test that carries these ids failed.", board, "failed"),
  ];
  for (const { name, rows } of board) {
    const settled = rows.filter(({ state }) => state !== "pending");
    lines.push(`## ${name}`, "", "| id | what | tests | result |", "| --- | --- | --- | --- |");
    lines.push(...settled.map(lineOf), "");
  }
  lines.push("## Pending", "", "What waits for a feature that does not exist yet.", "");
  lines.push("| id | what | waits for | tests already |", "| --- | --- | --- | ---: |");
  for (const { entry, tests, state } of board.flatMap(({ rows }) => rows)) {
    if (state === "pending") lines.push(`| ${entry.id} | ${cell(entry.title)} | ${entry.waitsFor} | ${tests.length} |`);
  }
  return `${lines.join("\n")}\n`;
}

const COUNTED = ["passed", "failed", "not covered", "pending"] as const;

function countOf(rows: readonly Row[], state: Row["state"]): number {
  return rows.filter((row) => row.state === state).length;
}

function alarm(heading: string, sentence: string, board: readonly Group[], state: Row["state"]): string[] {
  const rows = board.flatMap((group) => group.rows.filter((row) => row.state === state));
  if (rows.length === 0) return [];
  return [`## ${heading}`, "", `**${sentence}**`, "", ...rows.map(({ entry }) => `- **${entry.id}** ${entry.title}`), ""];
}

function lineOf({ entry, tests, state }: Row): string {
  const shown = tests.slice(0, TESTS_SHOWN).map(({ file, title }) => `${cell(shorten(title))} (${file})`);
  if (tests.length > TESTS_SHOWN) shown.push(`and ${tests.length - TESTS_SHOWN} more`);
  const result = state === "passed" ? `${tests.length} passed` : state.toUpperCase();
  return `| ${entry.id} | ${cell(entry.title)} | ${shown.join("<br>")} | ${result} |`;
}

function shorten(title: string): string {
  return title.length > 140 ? `${title.slice(0, 139)}…` : title;
}

/** Text that stays text inside a table of Markdown. */
function cell(text: string): string {
  return text.replace(/[\\`*_<>[\]|]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\s+/g, " ");
}
