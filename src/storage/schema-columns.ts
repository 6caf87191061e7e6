// Columns whose stored form is another one than ours: JSON text, and 0 or 1.

import { integer, text } from "drizzle-orm/sqlite-core";

export const json = <T>(name: string) => text(name, { mode: "json" }).$type<T>();
export const flag = (name: string) => integer(name, { mode: "boolean" });
