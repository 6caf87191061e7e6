// T76: where a login may lead.

import { describe, expect, it } from "vitest";
import { returnTarget } from "../../src/domain/projects/return-target.ts";

const ORIGIN = "https://sso.example.com";
const project = {
  allowedReturnUrls: ["https://app.example.com", "https://other.example.com/callback?x=1", "myapp://done", "javascript:alert(1)"],
};
const target = (input: string | undefined) => returnTarget(input, project, ORIGIN);

describe("a return target is followed", () => {
  it.each([
    [undefined, `${ORIGIN}/`],
    ["", `${ORIGIN}/`],
    ["/", `${ORIGIN}/`],
    ["/a/b?c=d&e=/f", `${ORIGIN}/a/b?c=d&e=/f`],
    ["/a/../b", `${ORIGIN}/b`],
    [`${ORIGIN}/a`, `${ORIGIN}/a`],
    [ORIGIN, `${ORIGIN}/`],
    ["https://app.example.com", "https://app.example.com"],
    ["https://app.example.com/any/path?q=1", "https://app.example.com/any/path?q=1"],
    ["https://other.example.com/callback?x=1", "https://other.example.com/callback?x=1"],
    ["myapp://done", "myapp://done"],
  ])("%s", (input, expected) => {
    expect(target(input)).toBe(expected);
  });
});

describe("a return target is refused (T76)", () => {
  it.each([
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/%5cevil.example",
    "/%2fevil.example",
    "/%252fevil.example",
    "/%255Cevil.example",
    "/./%2fevil.example",
    "/.//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:sso.example.com",
    "https://evil.example",
    "https://sso.example.com@evil.example/",
    "https://user:pass@sso.example.com/",
    "https://app.example.com@evil.example/",
    "https://app.example.com.evil.example/",
    "https://app.example.community/",
    "https://app.example.com:8443/",
    "http://app.example.com/",
    "http://sso.example.com/",
    "https://other.example.com/callback",
    "https://other.example.com/callback?x=1&y=2",
    "https://other.example.com/callback?x=1/",
    "https://other.example.com/",
    "myapp://done/elsewhere",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>",
    "evil.example",
    "./a",
    "?a",
    "/a\r\nSet-Cookie: a=b",
    "/a\tb",
    " /a",
    "/a ",
    "/a b",
    "/\u0000a",
    "/a#fragment",
    "https://app.example.com/#fragment",
    "https://app。example.com/",
    "https://app.example.com\u2028/",
    "https://APP.example.com/",
    `/${"a".repeat(8192)}`,
  ])("%j", (input) => {
    expect(target(input)).toBeUndefined();
  });
});

it("whatever is followed stays on an allowed origin", () => {
  const pieces = ["/", "\\", "//", "@", ".", "..", "%2f", "%5c", "evil.example", "https:", "?", "#", ":", "a", "\t"];
  for (const a of pieces)
    for (const b of pieces)
      for (const c of pieces)
        for (const d of pieces) {
          const followed = returnTarget(`/${a}${b}${c}${d}`, { allowedReturnUrls: [] }, ORIGIN);
          if (followed !== undefined) expect(new URL(followed, "https://elsewhere.example").origin).toBe(ORIGIN);
        }
});
