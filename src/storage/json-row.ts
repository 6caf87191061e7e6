// Rows as JSON, made by SQLite: a statement gives any number of rows of several tables as one value. Columns of equal names
// cannot be mixed up then, which D1 does in batches, and one value takes less to carry than fifty columns do.

import { type Column, type GetColumnData, type SQL, sql } from "drizzle-orm";

type Columns = Record<string, Column>;
type Row<C extends Columns> = { [K in keyof C]: GetColumnData<C[K]> };

export interface JsonRow<C extends Columns> {
  /** The row's values as a JSON array, for a select: at most 32 columns, which is what D1 passes to a function. */
  value: SQL;
  /** The row of such an array. */
  read(values: readonly unknown[]): Row<C>;
  /** The same of an outer join: null when there was nothing to join. */
  readJoined(values: readonly unknown[]): Row<C> | null;
}

/** How rows with these columns travel as JSON. */
export function jsonRow<C extends Columns>(columns: C): JsonRow<C> {
  const entries = Object.entries(columns);
  const read = (values: readonly unknown[]): Row<C> => {
    const row: Record<string, unknown> = {};
    for (const [n, [name, column]] of entries.entries()) {
      const value = values[n] ?? null;
      row[name] = value === null ? null : column.mapFromDriverValue(value);
    }
    return row as Row<C>;
  };
  return {
    value: jsonArray(entries.map(([, column]) => sql`${column}`)),
    read,
    readJoined: (values) => (values.every((value) => value === null) ? null : read(values)),
  };
}

/** SQL for an array of values; what is JSON itself stays so. */
export function jsonArray(values: readonly SQL[]): SQL {
  return sql`json_array(${sql.join([...values], sql`, `)})`;
}
