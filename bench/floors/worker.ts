// The floors: what Hono in workerd costs when it does one thing, written as the libraries' own documentation has it. Orgate is
// measured as a share of them, in the same process, on the same database and namespace.

import { scrypt } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Context, Hono } from "hono";
import { setCookie } from "hono/cookie";
import { sealCookie } from "./cookie.ts";
import { relyingParty } from "./relying-party.ts";
import { organizations } from "./tables.ts";

export interface FloorsEnv {
  DB: D1Database;
  KV: KVNamespace;
  PROJECT_ID: string;
}

/** An answer of the lookup, letter by letter as long as ours. */
const LOOKUP = { sso: true, connections: [{ id: "00000000-0000-7000-8000-000000000001", label: "Staff of organization 1" }] };

const app = new Hono<{ Bindings: FloorsEnv }>();

app.get("/fixed-json", (c) => c.json(LOOKUP));

app.get("/kv", async (c) => {
  const key = c.req.query("key") ?? "";
  const entry = await c.env.KV.get<{ connections: unknown[] }>(key, { type: "json", cacheTtl: 30 });
  return c.json({ sso: true, connections: entry?.connections ?? [] });
});

app.get("/d1", async (c) => c.json(await readRow(c)));

app.get("/seal", async (c) => {
  const { value } = await sealCookie({ state: crypto.randomUUID(), nonce: crypto.randomUUID() });
  setCookie(c, "sealed", value, { path: "/", secure: true, httpOnly: true, sameSite: "Lax" });
  return c.redirect("/fixed-json", 303);
});

app.get("/scrypt", async (c) => {
  const options = { N: 2 ** 14, r: 8, p: 5, maxmem: 128 * 2 ** 20 };
  const key = await new Promise<Buffer>((resolve, reject) => {
    scrypt("a password of the bench", "sixteen bytes of", 32, options, (error, made) => (error ? reject(error) : resolve(made)));
  });
  return c.json({ bytes: key.length });
});

app.route("/rp", relyingParty);

export default app;

async function readRow(c: Context<{ Bindings: FloorsEnv }>) {
  const [row] = await drizzle(c.env.DB)
    .select()
    .from(organizations)
    .where(and(eq(organizations.projectId, c.env.PROJECT_ID), eq(organizations.id, c.req.query("id") ?? "")));
  return { id: row?.id, label: row?.label };
}
