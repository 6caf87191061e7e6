// One list out of two, page by page: nothing is lost, doubled or out of order, wherever either of them stops.

import fc from "fast-check";
import { expect, test } from "vitest";
import { cutPage, mergeNewest, type Page } from "../../src/domain/page.ts";

interface Item {
  id: string;
}

const ids = fc.uniqueArray(fc.integer({ min: 100, max: 999 }).map(String), { maxLength: 40 });

/** A page of a list as storage/events.ts gives it: it may also stop because it has looked at enough. */
function pageOf(list: readonly string[], before: string | undefined, limit: number, scanned: number): Page<Item> {
  const older = [...list]
    .sort()
    .reverse()
    .filter((id) => before === undefined || id < before);
  const seen = older.slice(0, scanned);
  const { items, next } = cutPage(
    seen.map((id) => ({ id })),
    limit,
  );
  return { items, next: next ?? (older.length > scanned ? seen.at(-1) : undefined) };
}

test("the pages of the whole are the whole", () => {
  fc.assert(
    fc.property(
      ids,
      ids,
      fc.integer({ min: 1, max: 7 }),
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
      (one, other, limit, [scannedOfOne, scannedOfOther]) => {
        const walked: string[] = [];
        let before: string | undefined;
        for (let pages = 0; pages < 100; pages += 1) {
          const merged = mergeNewest(
            [pageOf(one, before, limit, scannedOfOne), pageOf(other, before, limit, scannedOfOther)],
            limit,
          );
          expect(merged.items.length).toBeLessThanOrEqual(limit);
          walked.push(...merged.items.map(({ id }) => id));
          before = merged.next;
          if (before === undefined) break;
        }
        expect(before).toBeUndefined();
        expect(walked).toEqual([...new Set([...one, ...other])].sort().reverse());
      },
    ),
  );
});
