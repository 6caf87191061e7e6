// The two tables that the floors read, as drizzle sees them, and the three of their own.

import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const organizations = sqliteTable("organizations", {
  projectId: text("project_id").notNull(),
  id: text("id").notNull(),
  label: text("label").notNull(),
});

export const connections = sqliteTable("connections", {
  projectId: text("project_id").notNull(),
  id: text("id").notNull(),
  issuerUrl: text("issuer_url").notNull(),
  clientId: text("client_id").notNull(),
  clientSecret: text("client_secret").notNull(),
});

export const keptTransactions = sqliteTable("floor_transactions", {
  state: text("state").primaryKey(),
  at: integer("at").notNull(),
});

export const keptSessions = sqliteTable("floor_sessions", {
  hash: text("hash").primaryKey(),
  sub: text("sub").notNull(),
  at: integer("at").notNull(),
});

export const keptEvents = sqliteTable("floor_events", {
  id: text("id").primaryKey(),
  type: text("type").notNull(),
  sub: text("sub").notNull(),
  at: integer("at").notNull(),
});

export const OWN_TABLES: readonly string[] = [
  "CREATE TABLE floor_transactions (state TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE floor_sessions (hash TEXT PRIMARY KEY, sub TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE floor_events (id TEXT PRIMARY KEY, type TEXT NOT NULL, sub TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];
