// The two tables that the floors read, as drizzle sees them.

import { sqliteTable, text } from "drizzle-orm/sqlite-core";

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
