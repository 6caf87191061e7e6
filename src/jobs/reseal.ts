// After a rotation of ENCRYPTION_KEYS: stored secrets that an older key sealed are sealed again with the newest, so that the
// older key can be taken away. Says which secrets no configured key opens (T102, T103).

import { SECRET_COLUMNS, type SecretColumn, sealPurpose } from "../domain/connections/connection.ts";
import type { Runtime } from "../services.ts";
import { readSealedSecrets, type SealedSecret, secretReseal } from "../storage/connections.ts";
import type { Write } from "../storage/database.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { Turn } from "./turn.ts";

/** Connections looked at in one run. Opening a secret costs microseconds, so a run stays far below the CPU limit. */
const WINDOW = 100;
/** Ids in the log line: enough to look at one. */
const NAMED = 5;

export interface ResealReport {
  scanned: number;
  resealed: number;
  /** Secrets that no configured key opens. They stay as they are: the key may come back. */
  unreadable: number;
  /** Ids of the first connections among those. */
  unreadable_connections: string[];
}

/**
 * Looks at the next window of connections. Each write replaces exactly the text that was read, so a change made meanwhile
 * wins, and a run that is killed or repeated leaves every secret readable. Revisions stay: nothing an operator set changes.
 */
export async function reseal({ runtime, db }: Turn): Promise<ResealReport> {
  const rows = await readSealedSecrets(db, await readCursor(db, "reseal"), WINDOW);
  const writes: Write[] = [];
  const unreadable: string[] = [];
  for (const row of rows) {
    for (const column of SECRET_COLUMNS) {
      const fresh = await sealedAgain(runtime, row, column);
      if (fresh === "unreadable") unreadable.push(row.id);
      else if (fresh) writes.push(secretReseal(db, row, column, fresh));
    }
  }
  const changed = await db.commit(writes);
  const last = rows.length === WINDOW ? rows.at(-1) : undefined;
  await writeCursor(db, "reseal", last && [last.projectId, last.id]);
  return {
    scanned: rows.length,
    resealed: changed.reduce((sum, rowsChanged) => sum + rowsChanged, 0),
    unreadable: unreadable.length,
    unreadable_connections: unreadable.slice(0, NAMED),
  };
}

/** The new sealed text; undefined when there is nothing to do. */
async function sealedAgain(
  { sealer }: Runtime,
  row: SealedSecret,
  column: SecretColumn,
): Promise<string | "unreadable" | undefined> {
  const sealed = row[column];
  if (sealed === null) return undefined;
  const text = await sealer.open(sealPurpose(row, column), sealed);
  if (text === undefined) return "unreadable";
  return sealer.isStale(sealed) ? await sealer.seal(sealPurpose(row, column), text) : undefined;
}
