// What the environment may say, and that whatever is wrong with it is named at once, without its value.

import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../src/config.ts";

const KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const sound = {
  BASE_URL: "https://sso.example.com",
  DEFAULT_PROJECT: "demo",
  ROOT_KEY: "a-root-key-of-thirty-two-characters!",
  ENCRYPTION_KEYS: `k1:${KEY}`,
};

function problemsOf(env: Parameters<typeof readConfig>[0]): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)];
  }
}

test("a sound environment is read, with the audit log kept for 400 days", () => {
  expect(readConfig(sound)).toMatchObject({ defaultProjectSlug: "demo", allowInsecureIssuers: false, eventRetentionDays: 400 });
  expect(readConfig({ ...sound, EVENT_RETENTION_DAYS: "forever" }).eventRetentionDays).toBeNull();
  expect(readConfig({ ...sound, EVENT_RETENTION_DAYS: "30" }).eventRetentionDays).toBe(30);
  expect(
    [undefined, "false", "true"].map((text) => readConfig({ ...sound, ...(text && { READ_REPLICATION: text }) }).readReplication),
  ).toEqual([false, false, true]);
});

describe("each mistake is named by its variable", () => {
  test.each<[Partial<Record<string, string>>, string]>([
    [{ BASE_URL: "http://sso.example.com" }, "BASE_URL"],
    [{ BASE_URL: "https://sso.example.com/path" }, "BASE_URL"],
    [{ BASE_URL: "" }, "BASE_URL"],
    [{ DEFAULT_PROJECT: "Demo" }, "DEFAULT_PROJECT"],
    [{ ROOT_KEY: "short" }, "ROOT_KEY"],
    [{ ENCRYPTION_KEYS: "" }, "ENCRYPTION_KEYS"],
    [{ ENCRYPTION_KEYS: "k1:dG9vIHNob3J0" }, "ENCRYPTION_KEYS"],
    [{ ENCRYPTION_KEYS: `k1:${KEY},k2` }, "ENCRYPTION_KEYS"],
    [{ ALLOW_INSECURE_ISSUERS: "yes" }, "ALLOW_INSECURE_ISSUERS"],
    [{ ALLOW_INSECURE_ISSUERS: "true" }, "ALLOW_INSECURE_ISSUERS"],
    [{ EVENT_RETENTION_DAYS: "0" }, "EVENT_RETENTION_DAYS"],
    [{ EVENT_RETENTION_DAYS: "-1" }, "EVENT_RETENTION_DAYS"],
    [{ EVENT_RETENTION_DAYS: "1.5" }, "EVENT_RETENTION_DAYS"],
    [{ EVENT_RETENTION_DAYS: "3651" }, "EVENT_RETENTION_DAYS"],
    [{ EVENT_RETENTION_DAYS: "" }, "EVENT_RETENTION_DAYS"],
    [{ READ_REPLICATION: "yes" }, "READ_REPLICATION"],
    [{ READ_REPLICATION: "" }, "READ_REPLICATION"],
  ])("%j", (wrong, variable) => {
    const problems = problemsOf({ ...sound, ...wrong });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(variable);
    for (const value of Object.values(wrong)) if (value && value.length > 4) expect(problems[0]).not.toContain(value);
  });

  test("all of them at once", () => {
    expect(problemsOf({}).map((problem) => problem.split(" ")[0])).toEqual([
      "BASE_URL",
      "DEFAULT_PROJECT",
      "ROOT_KEY",
      "ENCRYPTION_KEYS",
    ]);
  });
});
