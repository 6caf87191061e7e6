// The catalogue and the titles of the tests fit together, and the scoreboard tells the truth about both.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { renderScoreboard, score } from "../scripts/scoreboard-table.ts";
import { CATALOGUE, carries, idsIn } from "./catalogue/index.ts";

const ids = CATALOGUE.flatMap(({ entries }) => entries.map(({ id }) => id));

describe("the catalogue", () => {
  test("names everything once", () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => /^T\d+$/.test(id))).toHaveLength(133);
    expect(ids.filter((id) => /^F\d+$/.test(id))).toHaveLength(36);
  });

  test("has every id that a test names", () => {
    const known = new Set(ids);
    const tests = readdirSync(import.meta.dirname, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.test\.tsx?$/.test(entry.name) && entry.name !== "scoreboard.test.ts")
      .map((entry) => join(entry.parentPath, entry.name));
    const unknown = tests.flatMap((path) =>
      idsIn(readFileSync(path, "utf8"))
        .filter((id) => !known.has(id))
        .map((id) => `${relative(import.meta.dirname, path)}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });
});

test("an id is a word of its own", () => {
  for (const [title, id] of [
    ["state is replayed (T1)", "T1"],
    ["T2, T3: both", "T3"],
    ["oidcc-client-test › accepted", "oidcc-client-test"],
    ["after Kratos-26.2.5.", "Kratos-26.2.5"],
  ] as const) {
    expect(carries(title, id), title).toBe(true);
  }
  for (const [title, id] of [
    ["T10 and T11", "T1"],
    ["oidcc-client-test-invalid-iss", "oidcc-client-test"],
    ["Kratos-26.2.50", "Kratos-26.2.5"],
    ["UTF8 and XF1", "F1"],
  ] as const) {
    expect(carries(title, id), title).toBe(false);
  }
});

test("the scoreboard shows what is not covered and what failed before everything else", () => {
  const entries = [
    { id: "T1", title: "Replay" },
    { id: "T2", title: "State" },
    { id: "T3", title: "Binding" },
    { id: "T4", title: "Later", waitsFor: "SAML" as const },
  ];
  const board = score(
    [{ name: "Threats", entries }],
    [
      { file: "a.test.ts", title: "T1 once", passed: true },
      { file: "a.test.ts", title: "T1 | twice", passed: true },
      { file: "b.test.ts", title: "T2 one", passed: true },
      { file: "b.test.ts", title: "T2 other", passed: false },
    ],
  );
  expect(board[0]?.rows.map(({ state }) => state)).toEqual(["passed", "failed", "not covered", "pending"]);
  const page = renderScoreboard(board);
  expect(page).toContain("| Threats | 1 | 1 | 1 | 1 |");
  expect(page.indexOf("NOT COVERED")).toBeLessThan(page.indexOf("| T1 |"));
  expect(page).toContain("- **T3** Binding");
  expect(page).toContain("- **T2** State");
  expect(page).toContain("T1 &#124; twice");
  expect(page).toContain("| T4 | Later | SAML | 0 |");
});
