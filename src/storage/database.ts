// The way to D1. `databaseFor(project)` is the only opener, so that spreading projects over databases stays a mapping;
// `read`, `readAll` and `commit` are the only verbs, and each is one round trip.
//
// Rules held here (docs/architecture.md, "Storage"):
// - `db.transaction` does not exist on D1; a unit of work is one `commit` of statements, all or nothing.
// - No joins inside `readAll`: drizzle 0.45 mixes up equal column names in D1 batches. `read` may join.
// - Errors of drizzle carry bound values; only the driver's own short text leaves this file.

import type { BatchItem } from "drizzle-orm/batch";
import { type AnyD1Database, type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { SQLiteRaw } from "drizzle-orm/sqlite-core/query-builders/raw";
import { DomainError, unavailable } from "../domain/errors.ts";
import { inTime } from "./in-time.ts";
import type * as schema from "./schema.ts";

export type Query = DrizzleD1Database<typeof schema>;
/** A write, built but not sent. Storage modules return these; services collect them into one `commit`. */
export type Write = BatchItem<"sqlite">;

export interface Database {
  /** Builds statements; sends nothing. */
  query: Query;
  /** The database for which statements that are kept are built (reusable.ts): itself, or one that stands for several. */
  builder: Database;
  /** The text of a statement of one's own making, as the driver wants it. */
  prepare(text: string): unknown;
  /** A statement that was prepared on the builder, to be sent by this one. */
  own<T extends object>(prepared: T): T;
  /** One statement, one round trip. Joins allowed. */
  read<T>(statement: PromiseLike<T>): Promise<T>;
  /** Several reads (or a single-use insert with them) in one round trip and one snapshot. No joins. */
  readAll<T extends readonly [Write, ...Write[]]>(statements: T): Promise<BatchResults<T>>;
  /**
   * All of the statements or none, in one round trip.
   * @returns how many rows each statement changed, in order
   * @throws {DomainError} `unavailable` when D1 cannot answer; the outcome is then unknown, so writes are built to be repeatable
   * @throws {ConstraintViolation} when a unique, foreign key or check constraint refuses them
   */
  commit(statements: readonly Write[]): Promise<number[]>;
}

/** What each statement of a `readAll` gives. */
type BatchResults<T extends readonly Write[]> = { [K in keyof T]: T[K]["_"]["result"] };

/** A constraint refused a write; nothing of the batch was stored. `on` is SQLite's own list, e.g. `organization_domains.project_id, organization_domains.domain`. */
export class ConstraintViolation extends Error {
  constructor(
    readonly kind: "unique" | "foreign_key" | "check",
    readonly on: string,
  ) {
    super(`${kind} constraint refused a write`);
    this.name = "ConstraintViolation";
  }
}

/** Whether `error` is the unique constraint of `table`. */
export function violatesUnique(error: unknown, table: string): boolean {
  return error instanceof ConstraintViolation && error.kind === "unique" && error.on.startsWith(`${table}.`);
}

/** Longest wait for one round trip, milliseconds; past it the answer is 503 (security budget: 8 s for a login). */
const ROUND_TRIP_TIMEOUT_MS = 4000;

/**
 * Opens a D1 database (or a D1 session).
 * @param builder whose kept statements it sends, when those of one D1 are as good for the other
 */
export function openDatabase(d1: AnyD1Database, builder?: Database): Database {
  const query = drizzle(d1) as unknown as Query;
  // drizzle 0.45 binds the parameters of a raw statement in a D1 batch only to a prepared statement, and prepares none.
  const batchable = (statement: Write): Write =>
    statement instanceof SQLiteRaw ? Object.assign(statement, { stmt: d1.prepare(statement.getQuery().sql) }) : statement;
  const database: Database = {
    query,
    get builder() {
      return builder ?? database;
    },
    prepare: (text) => d1.prepare(text),
    own: builder ? (prepared) => sentBy(d1, prepared) : (prepared) => prepared,
    read: (statement) => roundTrip(() => statement),
    readAll: (statements) => roundTrip(() => query.batch(statements.map(batchable) as never)) as never,
    async commit(statements) {
      const [first, ...rest] = statements.map(batchable);
      if (!first) return [];
      const results = await roundTrip(() => query.batch([first, ...rest]));
      return results.map((result) => {
        const meta = (result as { meta?: { changes?: number } } | undefined)?.meta;
        return meta?.changes ?? (Array.isArray(result) ? result.length : 0);
      });
    },
  };
  return database;
}

/** A statement as drizzle has prepared it, on another D1. */
function sentBy<T extends object>(d1: AnyD1Database, prepared: T): T {
  const { sql } = (prepared as unknown as { getQuery(): { sql: string } }).getQuery();
  return Object.create(prepared, { stmt: { value: d1.prepare(sql) } });
}

async function roundTrip<T>(send: () => PromiseLike<T>): Promise<T> {
  try {
    return await inTime(send(), ROUND_TRIP_TIMEOUT_MS, "D1");
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): Error {
  if (error instanceof DomainError || error instanceof ConstraintViolation) return error;
  const text = driverText(error);
  const constraint = /(UNIQUE|FOREIGN KEY|CHECK|NOT NULL) constraint failed(?:: ([^:]+))?/.exec(text);
  if (constraint) {
    const kind = constraint[1] === "UNIQUE" ? "unique" : constraint[1] === "FOREIGN KEY" ? "foreign_key" : "check";
    return new ConstraintViolation(kind, constraint[2] ?? "");
  }
  // The cause is rebuilt from the driver's text alone: drizzle's own message holds the statement and its values.
  return unavailable(new Error(text));
}

function driverText(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && !("params" in cause) ? cause.message : "D1 failed";
}
