// Statements that are built once for each database and given their values at each use. Building one costs the Worker more
// than D1 takes to run it, so what every login or request sends is built here; what is rare is not worth the words.

import { and, Column, eq, getTableColumns, is, type SQL, sql } from "drizzle-orm";
import { Param, Placeholder } from "drizzle-orm/sql";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database, Write } from "./database.ts";

/** What a drizzle statement becomes for a batch (drizzle-orm/sqlite-core/session). */
interface Prepared {
  getQuery(): { sql: string; params: unknown[] };
  mapResult(response: unknown, isFromBatch?: boolean): unknown;
  stmt: unknown;
}

/** Values by the names of the statement's placeholders. */
export type Values = Record<string, unknown>;

/**
 * A statement for `readAll` or `commit`. `build` runs once per database and marks what changes with `sql.placeholder`.
 * @throws {Error} at use, when a placeholder is given no value
 */
export function reusable<S extends Write>(build: (db: Database) => S): (db: Database, values: Values) => S {
  const built = new WeakMap<Database, Prepared>();
  return (db, values) => {
    const prepared = once(built, db.builder, () =>
      numbered(db.builder, (build(db.builder) as unknown as { _prepare(): Prepared })._prepare()),
    );
    const { sql: text, params } = prepared.getQuery();
    const bound: Prepared = {
      stmt: prepared.stmt,
      getQuery: () => ({ sql: text, params: params.map((param) => filled(param, values)) }),
      mapResult: (response, isFromBatch) => prepared.mapResult(response, isFromBatch),
    };
    return { _prepare: () => bound } as unknown as S;
  };
}

/** A statement for `read`: one round trip of its own, joins allowed. */
export function reusableRead<R>(
  build: (db: Database) => { prepare(): { all(values?: Values): Promise<R[]> } },
): (db: Database, values: Values) => Promise<R[]> {
  const built = new WeakMap<Database, { all(values?: Values): Promise<R[]> }>();
  return (db, values) => db.read(db.own(once(built, db.builder, () => build(db.builder).prepare())).all(values));
}

/**
 * A value that each use of a reusable statement gives under this name. The plus leaves it as it is; without it SQLite lets
 * the plan of a statement over several tables depend on what is bound, and plans it anew at every use, which costs more than
 * finding the rows.
 */
export const given = (name: string): SQL => sql`+${sql.placeholder(name)}`;

/** A value that is always the same stands in the text for that reason, too. */
export const fixed = (state: "active" | "enabled"): SQL => sql.raw(`'${state}'`);

/** The rows of the project that each use gives as `projectId`, and more that must hold of them. */
export function ofProject(table: { projectId: Column }, ...more: (SQL | undefined)[]): SQL | undefined {
  return and(eq(table.projectId, given("projectId")), ...more);
}

/** A row of a table that is all placeholders, each with the name of its column. Drizzle has no type for it. */
export function placeholders<T extends SQLiteTable>(table: T): T["$inferInsert"] {
  return Object.fromEntries(Object.keys(getTableColumns(table)).map((name) => [name, sql.placeholder(name)])) as never;
}

function once<T>(built: WeakMap<Database, T>, db: Database, build: () => T): T {
  let statement = built.get(db);
  if (statement === undefined) {
    statement = build();
    built.set(db, statement);
  }
  return statement;
}

/** The statement with each value once, however often it stands in the text: drizzle binds it anew in every place. */
function numbered(db: Database, prepared: Prepared): Prepared {
  const { sql: text, params } = prepared.getQuery();
  const all = params.map((param) => (isAsGiven(param) ? param.value : param));
  const distinct = all.filter((param, n) => all.findIndex((other) => isSame(other, param)) === n);
  const numbers = all.map((param) => distinct.findIndex((other) => isSame(other, param)) + 1).values();
  const sql = text.replace(/'[^']*'|"[^"]*"|\?/g, (token) => (token === "?" ? `?${numbers.next().value}` : token));
  return {
    stmt: db.prepare(sql),
    getQuery: () => ({ sql, params: distinct }),
    mapResult: (response, isFromBatch) => prepared.mapResult(response, isFromBatch),
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (is(a, Placeholder) && is(b, Placeholder) && a.name === b.name);
}

/** Whether the column stores a value as it is given. */
function isAsGiven(param: unknown): param is Param<Placeholder> {
  if (!is(param, Param) || !is(param.value, Placeholder)) return false;
  return param.encoder.mapToDriverValue === Column.prototype.mapToDriverValue;
}

/** The stored form of a value. Unlike drizzle's own filling, NULL stays NULL in a JSON column. */
function filled(param: unknown, values: Values): unknown {
  if (is(param, Placeholder)) return take(param.name, values);
  if (!is(param, Param) || !is(param.value, Placeholder)) return param;
  const value = take(param.value.name, values);
  return value === null ? null : param.encoder.mapToDriverValue(value);
}

function take(name: string, values: Values): unknown {
  const value = values[name];
  if (value === undefined) throw new Error(`the statement needs a value for ${name}`);
  return value;
}
