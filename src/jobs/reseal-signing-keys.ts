// After a rotation of ENCRYPTION_KEYS: the signing keys of projects that an older key sealed are sealed again with the newest,
// as reseal.ts does with the secrets of connections.

import { sealPurpose } from "../domain/signing-keys/signing-key.ts";
import type { Write } from "../storage/database.ts";
import { readSealedSigningKeys, signingKeyReseal } from "../storage/signing-keys.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { Turn } from "./turn.ts";

/** Keys looked at in one run. */
const WINDOW = 100;
/** Ids in the log line: enough to look at one. */
const NAMED = 5;
const TASK = "reseal_signing_keys";

export interface SigningKeyResealReport {
  scanned: number;
  resealed: number;
  /** Keys that no configured key opens. They stay as they are: the key may come back. */
  unreadable: number;
  /** The first projects among those. */
  unreadable_projects: string[];
}

/** Looks at the next window. Each write replaces exactly the text that was read. */
export async function resealSigningKeys({ runtime, db }: Turn): Promise<SigningKeyResealReport> {
  const { sealer } = runtime;
  const rows = await readSealedSigningKeys(db, await readCursor(db, TASK), WINDOW);
  const writes: Write[] = [];
  const unreadable: string[] = [];
  for (const row of rows) {
    const text = await sealer.open(sealPurpose(row), row.privateKey);
    if (text === undefined) unreadable.push(row.projectId);
    else if (sealer.isStale(row.privateKey)) writes.push(signingKeyReseal(db, row, await sealer.seal(sealPurpose(row), text)));
  }
  const changed = await db.commit(writes);
  const last = rows.length === WINDOW ? rows.at(-1) : undefined;
  await writeCursor(db, TASK, last && [last.projectId, last.id]);
  return {
    scanned: rows.length,
    resealed: changed.reduce((sum, rowsChanged) => sum + rowsChanged, 0),
    unreadable: unreadable.length,
    unreadable_projects: [...new Set(unreadable)].slice(0, NAMED),
  };
}
