// A project's colours: whatever colour is chosen, what is on it can be read.

import { expect, test } from "vitest";
import { accentFor, acceptLogo, contrast } from "../../src/domain/projects/branding.ts";

/** Steps of every channel from none to all, and what lies beside the edges: 1,331 colours. */
const CHANNEL = [0, 1, 32, 64, 96, 128, 160, 192, 224, 254, 255];
const COLORS = CHANNEL.flatMap((r) => CHANNEL.flatMap((g) => CHANNEL.map((b) => hex(r, g, b))));

test.each(["light", "dark"] as const)(
  "on a %s page text on every accent and on its hover reaches 4.5 to 1, and so do links",
  (scheme) => {
    const canvas = scheme === "light" ? "#f5f5f2" : "#16181d";
    for (const color of COLORS) {
      const { accent, hover, text, link } = accentFor(color, scheme);
      for (const value of [accent, hover, text, link]) expect(value).toMatch(/^#[0-9a-f]{6}$/);
      const seen = [contrast(text, accent), contrast(text, hover), contrast(link, canvas)].map((ratio) => ratio >= 4.5);
      expect([color, seen]).toEqual([color, [true, true, true]]);
      expect(contrast(accent, canvas)).toBeGreaterThanOrEqual(scheme === "light" ? 1.25 : 3);
    }
  },
);

test("a colour that can be seen is left as it is, and known contrasts come out", () => {
  expect(accentFor("#3247c5", "light").accent).toBe("#3247c5");
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

test("an image is known by its first bytes, not by what it says of itself", () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  expect(acceptLogo(bytes("\x89PNG\r\n\x1a\n…"))).toBe("image/png");
  expect(acceptLogo(bytes("\xff\xd8\xff\xe0"))).toBe("image/jpeg");
  expect(acceptLogo(bytes("RIFF\x00\x00\x00\x00WEBPVP8 "))).toBe("image/webp");
  for (const text of ["", "<svg/>", "GIF89a", "RIFF\x00\x00\x00\x00WAVE", "\x89PNG\n", "%PDF-"])
    expect(() => acceptLogo(bytes(text))).toThrow();
});

function hex(...channels: number[]): string {
  return `#${channels.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
