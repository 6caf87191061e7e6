// The first operator, written to the database itself: before there is one, no request could come from one.

import type { D1Database } from "@cloudflare/workers-types";
import { hashPassword } from "../src/crypto/passwords.ts";
import { newId } from "../src/crypto/random.ts";

export const OPERATOR_EMAIL = "operator@orgate.example";

/**
 * Makes the `console` project and an operator of all projects with this password. What is there already stays as it is,
 * the operator's password too.
 */
export async function ensureOperator(database: D1Database, password: string): Promise<void> {
  const now = Date.now();
  await database
    .prepare(
      `INSERT INTO projects (id, slug, name, registration, created_at, updated_at)
       VALUES (?, 'console', 'Orgate Console', 0, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .bind(newId(now), now, now)
    .run();
  const project = await database.prepare("SELECT id FROM projects WHERE slug = 'console'").first<{ id: string }>();
  if (!project) throw new Error("the console project could not be made");
  const existing = await database
    .prepare("SELECT id FROM identities WHERE project_id = ? AND email = ?")
    .bind(project.id, OPERATOR_EMAIL)
    .first<{ id: string }>();
  if (existing) return;

  const id = newId(now);
  await database.batch([
    database
      .prepare(
        `INSERT INTO identities (project_id, id, email, email_domain, email_verified, traits, created_at, updated_at)
         VALUES (?, ?, ?, ?, 1, ?, ?, ?)`,
      )
      .bind(
        project.id,
        id,
        OPERATOR_EMAIL,
        OPERATOR_EMAIL.split("@")[1],
        JSON.stringify({ email: OPERATOR_EMAIL, name: "Operator" }),
        now,
        now,
      ),
    database
      .prepare("INSERT INTO password_credentials (project_id, identity_id, hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?)")
      .bind(project.id, id, await hashPassword(password), now, now),
    database
      .prepare(
        "INSERT INTO operator_access (project_id, operator_project_id, operator_id, role, created_at) VALUES (?, ?, ?, 'owner', ?)",
      )
      .bind(project.id, project.id, id, now),
  ]);
}
