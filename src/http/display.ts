// Lists that may be read from a replica of the database: the management API carries its bookmark in a header, the console in
// a cookie. Without replicas nothing of this is sent.

import type { Runtime } from "../services.ts";
import type { AppContext } from "./context.ts";
import { readCookie, setHostCookie } from "./cookies.ts";
import { CONSOLE_MOUNT } from "./middleware/project.ts";

const HEADER = "Orgate-Bookmark";
const COOKIE = "__Host-orgate_console_bookmark";
/** Seconds. A replica that lags longer than this is not one to read from. */
const MAX_AGE = 900;
/** Projects whose bookmarks the cookie holds. */
const REMEMBERED = 4;

type Db = NonNullable<Awaited<ReturnType<Runtime["displays"]["displayFor"]>>>["db"];

/** A list for the API: whoever sends no bookmark sees what is written now. */
export async function shownToProgram<T>(c: AppContext, projectId: string, read: (db: Db | undefined) => Promise<T>): Promise<T> {
  const display = await c.get("services").runtime.displays.displayFor(projectId, c.req.header(HEADER), "first-primary");
  const result = await read(display?.db);
  const bookmark = display?.bookmark();
  if (bookmark !== undefined) c.header(HEADER, bookmark);
  return result;
}

/** A list for the console: whoever has not written lately may see a little of the past. */
export async function shownToOperator<T>(c: AppContext, read: (db: Db | undefined) => Promise<T>): Promise<T> {
  const projectId = c.get("project").id;
  const { displays } = c.get("services").runtime;
  const display = await displays.displayFor(projectId, bookmarkIn(c, projectId), "first-unconstrained");
  return await read(display?.db);
}

/**
 * After a change inside a project, by the API or a form of the console: whoever made it sees it in the lists from here on.
 * Where that cannot be told they are as old as the replica.
 */
export async function rememberWrite(c: AppContext): Promise<void> {
  const { runtime } = c.get("services");
  if (c.req.method === "GET" || c.req.method === "HEAD" || c.res.status >= 400) return;
  const { id } = c.get("project");
  const bookmark = await runtime.displays.written(id).catch(() => undefined);
  if (bookmark === undefined) return;
  if (c.get("mount") !== CONSOLE_MOUNT) return c.header(HEADER, bookmark);
  const others = entriesOf(c).filter((entry) => !entry.startsWith(`${id}_`));
  setHostCookie(c, COOKIE, [`${id}_${bookmark}`, ...others].slice(0, REMEMBERED).join("~"), MAX_AGE);
}

function bookmarkIn(c: AppContext, projectId: string): string | undefined {
  const own = entriesOf(c).find((entry) => entry.startsWith(`${projectId}_`));
  return own?.slice(projectId.length + 1);
}

/** `{project id}_{bookmark}`, the project last written to first. */
function entriesOf(c: AppContext): string[] {
  return readCookie(c, COOKIE)?.split("~") ?? [];
}
