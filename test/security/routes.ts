// Every route that the app has, and every operation that it describes: what the suites of this folder walk, so that a route
// that is added is asked about without anybody thinking of it.

import type { RouterRoute } from "hono/types";
import { createApp } from "../../src/app.ts";
import type { OnDemand } from "../../src/http/on-demand.ts";
import { api } from "../support/management.ts";

export interface Operation {
  /** `GET /projects/{project_id}` */
  name: string;
  method: string;
  path: string;
  id: string;
  /** Names of query parameters. */
  query: string[];
  /** The request body's JSON Schema, with its references in place. */
  // biome-ignore lint/suspicious/noExplicitAny: a JSON Schema
  body: any;
}

/** Every route of the app, those of the doors that it loads on demand among them. */
export const ROUTES: readonly Pick<RouterRoute, "method" | "path">[] = await routesOf(createApp());

async function routesOf({ routes }: { routes: RouterRoute[] }): Promise<RouterRoute[]> {
  const found = routes.map(async (route) => {
    const { door } = route.handler as Partial<OnDemand>;
    return door ? await routesOf(await door()) : [route];
  });
  return (await Promise.all(found)).flat();
}

/**
 * `METHOD /path/:param` of every handler, once each. What is mounted for all methods stands here as `ALL /path` unless the
 * path has handlers of its own (then it is a guard in front of them, or their 405) or ends in `*` (then it is a middleware).
 */
export function allRoutes(): string[] {
  const own = ROUTES.filter((route) => route.method !== "ALL");
  const paths = new Set(own.map((route) => route.path));
  const open = ROUTES.filter((route) => route.method === "ALL" && !route.path.endsWith("*") && !paths.has(route.path));
  return [...new Set([...own, ...open].map((route) => `${route.method} ${route.path}`))].sort();
}

/**
 * Pages and actions of the console for operators, `METHOD /console/projects/:project_id/…` and the home page: what
 * console-matrix.test.ts, doors.test.ts and crawler.test.ts ask about, so a new page is covered by being mounted. What a
 * page has to bring along:
 *
 * - A name in its path (`:thing_id`) that is new stands in `ids` of `furnish` in console-matrix.test.ts, with the thing
 *   itself, and with one that was deleted in `removeContents`.
 * - A form whose POST does something with an empty body needs nothing more: POSTs are sent with a valid CSRF token.
 * - A page for anybody, outside `/console/projects`, stands in `DOORS` (doors.test.ts) and `PUBLIC` (crawler.test.ts).
 *
 * The operators' own doors (`/console/login`, `/console/self-service/…`) are those of every project below another path:
 * `withConsoleMounts` gives their rows.
 */
export function consolePages(): string[] {
  return allRoutes().filter((route) => /^[A-Z]+ \/console(?:\/projects(?:\/|$)|$)/.test(route));
}

/** The rows of a table of routes, and for the public doors among them those of the same doors below `/console`. */
export function withConsoleMounts<Row>(rows: Record<string, Row>): Record<string, Row> {
  const pages = new Set(consolePages());
  const mounted = allRoutes().flatMap((route) => {
    const [method = "", path = ""] = route.split(" ");
    const row =
      path.startsWith("/console/") && !pages.has(route) ? rows[`${method} ${path.slice("/console".length)}`] : undefined;
    return row === undefined ? [] : [[route, row] as const];
  });
  return { ...rows, ...Object.fromEntries(mounted) };
}

/** Every operation of /openapi.json. */
export async function allOperations(): Promise<Operation[]> {
  const document = (await api("GET", "/openapi.json", { key: null })).json;
  // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
  const items = Object.entries(document.paths as Record<string, Record<string, any>>);
  return items.flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      id: operation.operationId,
      query: (operation.parameters ?? [])
        .filter((parameter: { in: string }) => parameter.in === "query")
        .map((parameter: { name: string }) => parameter.name),
      body: inPlace(operation.requestBody?.content["application/json"]?.schema, document),
    })),
  );
}

/** Schemas are flat: a reference leads to a schema whose properties have at most one more. */
// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema
function inPlace(schema: any, document: any): any {
  if (Array.isArray(schema)) return schema.map((part) => inPlace(part, document));
  if (typeof schema !== "object" || schema === null) return schema;
  const name = typeof schema.$ref === "string" ? /[^/]+$/.exec(schema.$ref)?.[0] : undefined;
  if (name) return inPlace(document.components.schemas[name], document);
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, inPlace(part, document)]));
}

/** `/projects/{project_id}` and `/projects/:project_id` with ids in place of their names; an unnamed one gets a fresh UUID. */
export function fill(path: string, ids: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}|:(\w+)/g, (_, braced?: string, colon?: string) => {
    const id = ids[braced ?? colon ?? ""] ?? crypto.randomUUID();
    return encodeURIComponent(id);
  });
}
