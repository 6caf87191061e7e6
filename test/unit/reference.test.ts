// The short number of an error page: what it is made of, and that it finds what it was made of.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newId, newRequestId } from "../../src/crypto/random.ts";
import { firstIdAt, referenceOf, referenceRange } from "../../src/domain/events/reference.ts";

const START = Date.UTC(2025, 0, 1);
/** 2059: the last millisecond that forty bits hold. */
const END = START + 2 ** 40 - 1;

const hex = (digits: number) => fc.integer({ min: 0, max: 16 ** digits - 1 }).map((n) => n.toString(16).padStart(digits, "0"));
/** Any UUIDv7 of the years in question, whoever made it. */
const id = fc
  .tuple(fc.integer({ min: START, max: END }), hex(3), fc.constantFrom("8", "9", "a", "b"), hex(3), hex(12))
  .map(([time, random, variant, more, rest]) => {
    const digits = time.toString(16).padStart(12, "0");
    return `${digits.slice(0, 8)}-${digits.slice(8)}-7${random}-${variant}${more}-${rest}`;
  });

const finds = (text: string, wanted: string) => {
  const range = referenceRange(text);
  return range !== undefined && range.from <= wanted && wanted <= range.to;
};

describe("a reference", () => {
  test("finds the id that it was made of, among ids in the order of the audit log", () => {
    fc.assert(fc.property(id, (one) => finds(referenceOf(one), one)));
  });

  test("finds no other moment, and within a millisecond only what shares ten bits", () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        const same = one.slice(0, 13) === other.slice(0, 13) && sameTenBits(one, other);
        return finds(referenceOf(one), other) === same && (referenceOf(one) === referenceOf(other)) === same;
      }),
    );
    const neighbours = ["000", "003", "004", "ffc", "fff"].map((random) => `01943000-0000-7${random}-8000-000000000000`);
    expect(neighbours.map(referenceOf).map((text, i, all) => all.indexOf(text) === i)).toEqual([true, false, true, true, false]);
  });

  test("is ten characters that cannot be misread, and grows with time", () => {
    fc.assert(fc.property(id, (one) => /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/.test(referenceOf(one))));
    fc.assert(fc.property(id, id, (one, other) => (one < other ? referenceOf(one) <= referenceOf(other) : true)));
  });

  test("may be typed in small letters, without the hyphen, with spaces, with O for 0 and I or L for 1", () => {
    fc.assert(
      fc.property(id, (one) => {
        const reference = referenceOf(one);
        const sloppy = [
          reference.toLowerCase(),
          reference.replace("-", ""),
          ` ${reference.replace("-", " ")} `,
          reference.replaceAll("0", "O").replaceAll("1", "I"),
          reference.replaceAll("0", "o").replaceAll("1", "l"),
        ];
        return sloppy.every((text) => finds(text, one));
      }),
    );
  });

  test("may be the whole id, and then finds it alone", () => {
    fc.assert(
      fc.property(id, (one) => {
        const range = referenceRange(one.toUpperCase());
        return range?.from === one && range.to === one && range.at === Number.parseInt(one.slice(0, 13).replace("-", ""), 16);
      }),
    );
    const foreign = "0b7c6a3e-6f0e-4f53-9a52-5d7f1f6f0c11";
    expect(referenceRange(foreign)).toEqual({ from: foreign, to: foreign, at: undefined });
  });

  test.each(["", "ABCDE", "ABCDE-FGHJKM", "ABCDE-FGHJU", "ABCDE-FGHJ!", "0b7c6a3e-6f0e-4f53-9a52", "ÄBCDE-FGHJK"])(
    "%j can be none",
    (text) => {
      expect(referenceRange(text)).toBeUndefined();
    },
  );
});

test("the ids of events and requests have one", () => {
  const now = Date.now();
  for (const made of [newId(now), newRequestId()]) {
    expect(referenceOf(made)).toMatch(/^.{5}-.{5}$/);
    expect(finds(referenceOf(made), made)).toBe(true);
  }
  expect(firstIdAt(now) <= newId(now) && newId(now) < firstIdAt(now + 1)).toBe(true);
});

test("an id without a time of ours is its own reference", () => {
  for (const other of ["req", "0b7c6a3e-6f0e-4f53-9a52-5d7f1f6f0c11", newId(START - 1), newId(END + 1)]) {
    expect(referenceOf(other)).toBe(other);
  }
});

function sameTenBits(one: string, other: string): boolean {
  const bits = (text: string) => Number.parseInt(text.slice(15, 18), 16) >> 2;
  return bits(one) === bits(other);
}
