// Copying a project's rows from one database to another. Rows travel as JSON text that SQLite writes and SQLite reads, so
// that no value passes through a number of ours, and source and target are compared as text.

import { type SQL, sql } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database, Write } from "./database.ts";
import {
  attemptCounters,
  clients,
  connections,
  consumedTransactions,
  domainIndexOutbox,
  events,
  identities,
  logoutNotices,
  oidcCredentials,
  organizationDomains,
  organizations,
  passwordCredentials,
  providerArtifacts,
  sessions,
  sessionTokenExchanges,
  sessionTokenTemplates,
  signingKeys,
  subjectSalts,
} from "./schema.ts";

/** A table whose rows go where their project goes. */
export interface CopiedTable {
  name: string;
  columns: readonly string[];
  /** Primary key without `project_id`; empty when a project has one row. */
  key: readonly string[];
}

/** Key and row, each as the text of a JSON array. */
export interface CopiedRow {
  key: string;
  row: string;
}

interface FoundRow extends CopiedRow {
  /** Rows in the window before it was cut to size. */
  found: number;
}

export interface Window {
  /** In the order of the key. */
  rows: CopiedRow[];
  /** Whether no row comes after them. */
  last: boolean;
}

/** What makes a table's rows in the target those of the source. */
export interface Difference {
  table: CopiedTable;
  /** Keys of rows that the source has not. */
  gone: string[];
  /** Keys of rows that are others in the source. */
  changed: string[];
  /** Rows as the source has them: those, and those that the target has not. */
  put: CopiedRow[];
}

/** Rows in a window, and about how many characters. */
const WINDOW_ROWS = 1000;
const WINDOW_SIZE = 1_000_000;
/** Characters of rows in one parameter: D1 takes 2,000,000 bytes. */
const PARAMETER_SIZE = 400_000;

/** What rows of other tables point to, children before parents. */
const PARENTS: readonly string[] = ["identities", "organizations"];

/** What the log says of a project itself, of its API keys and operators: it stands in the directory, wherever the project is. */
const DIRECTORY_EVENTS = ["project", "api_key", "operator"];

/** Every table of what a project's database holds, parents before children. */
export function copiedTables(): CopiedTable[] {
  return [
    organizations,
    organizationDomains,
    connections,
    identities,
    passwordCredentials,
    oidcCredentials,
    sessions,
    consumedTransactions,
    attemptCounters,
    domainIndexOutbox,
    signingKeys,
    clients,
    sessionTokenTemplates,
    sessionTokenExchanges,
    providerArtifacts,
    subjectSalts,
    logoutNotices,
    events,
  ].map(describeTable);
}

/** The same tables in groups, one after the other: what a group's rows point to is in a later one. */
export function deletedTables(): CopiedTable[][] {
  const tables = copiedTables();
  return [tables.filter((table) => !isParent(table)), ...PARENTS.map((parent) => tables.filter(({ name }) => name === parent))];
}

/** Whether rows of other tables point to this one's. */
export function isParent({ name }: CopiedTable): boolean {
  return PARENTS.includes(name);
}

/** Names of those tables, in the order in which their rows can go. */
export function parentTables(): readonly string[] {
  return PARENTS;
}

/** The next rows of a project in a table, up to a key when one is given; for a batch of reads. */
export function windowRead(db: Database, table: CopiedTable, projectId: string, after: string | undefined, upTo?: string) {
  const within = sql`${isCopied(table, projectId)}${place(table, ">", after)}${place(table, "<=", upTo)}`;
  // With the table's name, because a column of it may be called as ours: "key" alone would be our text.
  const columns = table.key.map((column) => sql`${sql.identifier(table.name)}.${sql.identifier(column)}`);
  const order = columns.length === 0 ? sql`` : sql` ORDER BY ${sql.join(columns, sql`, `)}`;
  const found = sql`SELECT ${keyText(table)} AS key, ${rowText(table)} AS row FROM ${sql.identifier(table.name)} WHERE ${within}${order} LIMIT ${WINDOW_ROWS}`;
  const sized = sql`SELECT key, row, count(*) OVER () AS found, sum(length(row)) OVER (ROWS UNBOUNDED PRECEDING) - length(row) AS before FROM (${found})`;
  return db.query.all<FoundRow>(sql`SELECT key, row, found FROM (${sized}) WHERE before < ${WINDOW_SIZE}`);
}

/** What `windowRead` gave. */
export function toWindow(rows: readonly FoundRow[]): Window {
  const found = rows[0]?.found ?? 0;
  return { rows: rows.map(({ key, row }) => ({ key, row })), last: found === rows.length && found < WINDOW_ROWS };
}

/** Those of some rows that are there; for a batch of reads. */
export function rowsRead(db: Database, table: CopiedTable, projectId: string, keys: readonly string[]) {
  const listed = table.key.length === 0 ? sql`` : sql` AND (${names(table.key)}) IN ${keyList(table, keys)}`;
  return db.query.all<CopiedRow>(
    sql`SELECT ${keyText(table)} AS key, ${rowText(table)} AS row FROM ${sql.identifier(table.name)} WHERE ${isCopied(table, projectId)}${listed}`,
  );
}

/** What the target needs to be like the source in one table, when these are all rows of a stretch of it; undefined: nothing. */
export function difference(
  table: CopiedTable,
  source: readonly CopiedRow[],
  target: readonly CopiedRow[],
): Difference | undefined {
  const there = new Map(target.map(({ key, row }) => [key, row]));
  const here = new Set(source.map(({ key }) => key));
  const put = source.filter(({ key, row }) => there.get(key) !== row);
  const changed = put.filter(({ key }) => there.has(key)).map(({ key }) => key);
  const gone = [...there.keys()].filter((key) => !here.has(key));
  return put.length + gone.length === 0 ? undefined : { table, gone, changed, put };
}

/**
 * The writes that bring a stretch of one table nearer to the source while that is in use. Constraints refuse them, and all of
 * them, when neighbours of these rows are not there yet, or not gone yet.
 */
export function stretchWrites(db: Database, projectId: string, { table, gone, put }: Difference): Write[] {
  const free = addressesClear(db, table, projectId, put);
  return [...rowsDelete(db, table, projectId, gone), ...free, ...rowsPut(db, table, put)];
}

/**
 * The writes that make the target like a source that stands still, for one commit. Their order keeps every foreign key and
 * every unique key after each statement: D1 restarts a database whose deferred foreign keys do not hold at the end.
 */
export function differenceWrites(db: Database, projectId: string, differences: readonly Difference[]): Write[] {
  const leaves = differences.filter(({ table }) => !isParent(table));
  const [people, organizationRows] = PARENTS.map((name) => differences.filter(({ table }) => table.name === name));
  const all = (of: readonly Difference[] | undefined, writes: (difference: Difference) => Write[]) => (of ?? []).flatMap(writes);
  return [
    ...all(leaves, ({ table, gone, changed }) => rowsDelete(db, table, projectId, [...gone, ...changed])),
    ...all(people, ({ table, gone }) => rowsDelete(db, table, projectId, gone)),
    ...all(people, ({ table, put }) => addressesClear(db, table, projectId, put)),
    ...all(organizationRows, ({ table, put }) => rowsPut(db, table, put)),
    ...all(people, ({ table, put }) => rowsPut(db, table, put)),
    ...all(organizationRows, ({ table, gone }) => rowsDelete(db, table, projectId, gone)),
    ...all(leaves, ({ table, put }) => rowsPut(db, table, put)),
  ];
}

/** Deletes up to so many rows of a project in a table. */
export function someDelete(db: Database, table: CopiedTable, projectId: string, limit: number): Write {
  const from = sql.identifier(table.name);
  if (table.key.length === 0) return db.query.run(sql`DELETE FROM ${from} WHERE project_id = ${projectId}`);
  const key = names(table.key);
  const found = sql`SELECT ${key} FROM ${from} WHERE ${isCopied(table, projectId)} LIMIT ${limit}`;
  return db.query.run(sql`DELETE FROM ${from} WHERE project_id = ${projectId} AND (${key}) IN (${found})`);
}

/** A condition on an event's type, as SQL text, that leaves the directory's own events out. */
export function copiedEventTypes(type: string): string {
  const families = DIRECTORY_EVENTS.map((family) => `'${family}'`).join(", ");
  return `substr(${type}, 1, instr(${type}, '.') - 1) NOT IN (${families})`;
}

function describeTable(table: SQLiteTable): CopiedTable {
  const { name, columns, primaryKeys } = getTableConfig(table);
  const key = primaryKeys[0]?.columns.map((column) => column.name) ?? columns.filter((c) => c.primary).map((c) => c.name);
  return {
    name,
    columns: columns.map((column) => column.name),
    key: key.filter((column) => column !== "project_id"),
  };
}

function isCopied(table: CopiedTable, projectId: string): SQL {
  const own = sql`project_id = ${projectId}`;
  return table.name === "events" ? sql`${own} AND ${sql.raw(copiedEventTypes("type"))}` : own;
}

/** Before or after a key. A row value that is compared with as many columns is found by the primary key. */
function place(table: CopiedTable, comparison: ">" | "<=", key: string | undefined): SQL {
  if (key === undefined || table.key.length === 0) return sql``;
  const parts = sql.join(
    table.key.map((_, index) => sql`${key} ->> ${sql.raw(String(index))}`),
    sql`, `,
  );
  return sql` AND (${names(table.key)}) ${sql.raw(comparison)} (${parts})`;
}

function rowsDelete(db: Database, table: CopiedTable, projectId: string, keys: readonly string[]): Write[] {
  const from = sql`DELETE FROM ${sql.identifier(table.name)} WHERE project_id = ${projectId}`;
  if (keys.length === 0) return [];
  if (table.key.length === 0) return [db.query.run(from)];
  return parameters(keys).map((part) => db.query.run(sql`${from} AND (${names(table.key)}) IN ${keyList(table, part)}`));
}

/** Takes addresses from whoever has them in the target: the source says whose they are, and of those rows, too, it will. */
function addressesClear(db: Database, table: CopiedTable, projectId: string, rows: readonly CopiedRow[]): Write[] {
  const email = table.columns.indexOf("email");
  if (email < 0) return [];
  return parameters(rows.map(({ row }) => row)).map((part) =>
    db.query.run(
      sql`UPDATE ${sql.identifier(table.name)} SET email = NULL WHERE project_id = ${projectId}
        AND email IN (SELECT value ->> ${sql.raw(String(email))} FROM json_each(${`[${part.join(",")}]`}))`,
    ),
  );
}

/** Inserts rows, or makes those that are there like them. */
function rowsPut(db: Database, table: CopiedTable, rows: readonly CopiedRow[]): Write[] {
  const into = sql`INSERT INTO ${sql.identifier(table.name)} (${names(table.columns)})`;
  const values = sql.join(
    table.columns.map((_, index) => sql`value ->> ${sql.raw(String(index))}`),
    sql`, `,
  );
  const set = sql.join(
    table.columns.map((column) => sql`${sql.identifier(column)} = excluded.${sql.identifier(column)}`),
    sql`, `,
  );
  const conflict = sql`ON CONFLICT (${names(["project_id", ...table.key])}) DO UPDATE SET ${set}`;
  return parameters(rows.map(({ row }) => row)).map((part) =>
    db.query.run(sql`${into} SELECT ${values} FROM json_each(${`[${part.join(",")}]`}) WHERE true ${conflict}`),
  );
}

function keyList(table: CopiedTable, keys: readonly string[]): SQL {
  const parts = sql.join(
    table.key.map((_, index) => sql`value ->> ${sql.raw(String(index))}`),
    sql`, `,
  );
  return sql`(SELECT ${parts} FROM json_each(${`[${keys.join(",")}]`}))`;
}

function keyText(table: CopiedTable): SQL {
  return sql`json_array(${names(table.key)})`;
}

function rowText(table: CopiedTable): SQL {
  return sql`json_array(${names(table.columns)})`;
}

function names(columns: readonly string[]): SQL {
  return sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  );
}

/** Texts in groups that fit into a parameter. */
function parameters(texts: readonly string[]): string[][] {
  const groups: string[][] = [];
  let size = 0;
  for (const text of texts) {
    if (groups.length === 0 || size + text.length > PARAMETER_SIZE) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(text);
    size += text.length + 1;
  }
  return groups;
}
