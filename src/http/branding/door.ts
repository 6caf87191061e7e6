// GET /branding/logo and /branding/style.css: a project's look, for its hosted pages. Both addresses change with what they
// give, so under the current one it may be kept for ever.

import { Hono } from "hono";
import { notFound } from "../../domain/errors.ts";
import { brandStyle } from "../../views/brand-style.ts";
import type { AppContext, AppEnv } from "../context.ts";

export const brandingDoor = new Hono<AppEnv>();

brandingDoor.get("/branding/logo", answerLogo);

brandingDoor.get("/branding/style.css", (c) => {
  const { accentColor } = c.get("project");
  if (accentColor === null) throw notFound("file");
  keep(c, c.req.query("v") === accentColor.slice(1));
  return c.body(brandStyle(accentColor), 200, { "Content-Type": "text/css; charset=utf-8" });
});

/** The logo of the request's project. @throws {DomainError} `not_found` */
export async function answerLogo(c: AppContext): Promise<Response> {
  const { id, logoDigest } = c.get("project");
  const logo = logoDigest === null ? undefined : await c.get("services").projects.logo(id);
  if (!logo) throw notFound("file");
  keep(c, c.req.query("v") === logoDigest);
  // An image that somebody uploaded: it runs nothing, even when it is opened by itself and taken for something else.
  c.header("Content-Security-Policy", "default-src 'none'; sandbox");
  c.header("Content-Type", logo.mediaType);
  return c.body(logo.bytes.slice().buffer);
}

/** For ever under the address of this very content; under another one, which may be an older page's, not at all. */
function keep(c: AppContext, pinned: boolean): void {
  c.header("Cache-Control", pinned ? "public, max-age=31536000, immutable" : "no-cache");
}
