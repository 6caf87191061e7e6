// How a page calls a database.

/** The name of its binding, as it stands in wrangler.toml. */
export function bindingOf(place: number): string {
  return place === 0 ? "DB" : `DB_${place}`;
}
