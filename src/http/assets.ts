// GET /assets/{name}: styles and script of the hosted pages. The only answers that may be cached.

import { Hono } from "hono";
import { notFound } from "../domain/errors.ts";
import { ASSETS } from "../views/assets.ts";
import type { AppEnv } from "./context.ts";

export const assetsDoor = new Hono<AppEnv>();

assetsDoor.get("/assets/:name", (c) => {
  const asset = ASSETS.get(c.req.param("name"));
  if (!asset) throw notFound("file");
  const pinned = c.req.query("v") === asset.version;
  c.header("Cache-Control", pinned ? "public, max-age=31536000, immutable" : "no-cache");
  return c.body(asset.body, 200, { "Content-Type": asset.contentType });
});
