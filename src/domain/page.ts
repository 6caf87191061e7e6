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
