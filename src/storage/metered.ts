// A database that counts what is asked of it: D1 allows so many queries in one invocation of a Worker.

import type { Database } from "./database.ts";

export interface Meter {
  queries: number;
}

/** The same database; each of its statements counts one on the meter, also when it fails. */
export function metered(db: Database, meter: Meter): Database {
  return {
    query: db.query,
    builder: db.builder,
    prepare: db.prepare,
    own: db.own,
    read(statement) {
      meter.queries += 1;
      return db.read(statement);
    },
    readAll(statements) {
      meter.queries += statements.length;
      return db.readAll(statements);
    },
    commit(statements) {
      meter.queries += statements.length;
      return db.commit(statements);
    },
  };
}
