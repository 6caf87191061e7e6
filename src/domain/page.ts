// A page of a list that is ordered by id. Ids are UUIDv7, so that is the order of creation.

export interface PageRequest {
  /** Id of the last item of the page before. */
  after: string | undefined;
  limit: number;
}

export interface Page<T> {
  items: T[];
  /** Id to continue after; undefined on the last page. */
  next: string | undefined;
}

/** Cuts a page from up to `limit + 1` items. */
export function cutPage<T extends { id: string }>(items: readonly T[], limit: number): Page<T> {
  const page = items.slice(0, limit);
  return { items: page, next: items.length > limit ? page.at(-1)?.id : undefined };
}

/**
 * One page out of pages of several lists, newest first. Where one of them stopped before its end, nothing older is sure yet:
 * it is left for the next page.
 */
export function mergeNewest<T extends { id: string }>(pages: readonly Page<T>[], limit: number): Page<T> {
  const bound = pages.reduce<string | undefined>(
    (latest, { next }) => (next && next > (latest ?? "") ? next : latest),
    undefined,
  );
  const byId = new Map(pages.flatMap(({ items }) => items.map((item) => [item.id, item] as const)));
  const sure = [...byId.values()].filter(({ id }) => bound === undefined || id >= bound).sort((a, b) => (a.id < b.id ? 1 : -1));
  const { items, next } = cutPage(sure, limit);
  return { items, next: next ?? bound };
}
