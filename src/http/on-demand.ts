// Doors whose code is loaded when somebody first comes to them, so that every isolate does not pay for what few requests ask.

import { Hono } from "hono";
import { notFound } from "../domain/errors.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { errorResponse } from "./errors.ts";

/** Answers whatever comes to it. */
export interface OnDemand {
  (c: AppContext): Promise<Response>;
  /** The app behind the door, loaded if it has not been; its routes are whole paths. */
  door(): Promise<Hono<AppEnv>>;
}

/**
 * A handler that loads a door and lets it answer. The door finds in its context what was set on the way there, and its answer
 * keeps the headers that were; nothing comes after it, so a path that it does not have is a page that does not exist.
 */
export function onDemand(load: () => Promise<Hono<AppEnv>>): OnDemand {
  const callers = new WeakMap<Request, AppContext>();
  let loaded: Hono<AppEnv> | undefined;
  const door = async () => {
    if (loaded) return loaded;
    // Each request waits for a load of its own: a promise of another request may go down with it.
    const routes = await load();
    loaded ??= inside(routes, callers);
    return loaded;
  };
  const answer = async (c: AppContext) => {
    const app = await door();
    callers.set(c.req.raw, c);
    const response = await app.fetch(c.req.raw, c.env);
    return c.newResponse(response.body, response);
  };
  return Object.assign(answer, { door });
}

function inside(door: Hono<AppEnv>, callers: WeakMap<Request, AppContext>): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    const known = callers.get(c.req.raw)?.var ?? {};
    for (const name of Object.keys(known) as (keyof typeof known)[]) c.set(name, known[name] as never);
    await next();
  });
  app.onError((error, c) => errorResponse(error, c));
  app.notFound((c) => errorResponse(notFound("page"), c));
  return app.route("/", door);
}
