// What stands in for a D1 database when the real one is chosen at the moment of sending: it keeps statements as text and
// values, and makes them anew on whatever database they go to. It knows what drizzle asks of D1 and no more.

import type { AnyD1Database } from "drizzle-orm/d1";

/** Gives work the database that it is for, and what it gives back; may give it another one when that refuses. */
export type Send = <T>(work: (d1: D1Database) => Promise<T>) => Promise<T>;

/** A client whose statements and batches go where `send` says. A batch goes to one database as a whole. */
export function routingClient(send: Send): AnyD1Database {
  return {
    prepare: (sql: string) => new Kept(send, sql, []),
    batch: (statements: readonly Kept[]) => send((d1) => d1.batch(statements.map((statement) => statement.on(d1)))),
  } as unknown as AnyD1Database;
}

/** Text and values of a statement. */
class Kept {
  constructor(
    private readonly send: Send,
    private readonly sql: string,
    private readonly values: readonly unknown[],
  ) {}

  on(d1: D1Database): D1PreparedStatement {
    const statement = d1.prepare(this.sql);
    return this.values.length === 0 ? statement : statement.bind(...this.values);
  }

  bind(...values: unknown[]): Kept {
    return new Kept(this.send, this.sql, values);
  }

  run(): Promise<unknown> {
    return this.send((d1) => this.on(d1).run());
  }

  all(): Promise<unknown> {
    return this.send((d1) => this.on(d1).all());
  }

  raw(): Promise<unknown> {
    return this.send((d1) => this.on(d1).raw());
  }
}
