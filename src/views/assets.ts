// The static files of the pages, and the addresses under which pages ask for them.

import { crc32 } from "node:zlib";
import base from "../../node_modules/modern-normalize/modern-normalize.css";
import consoleStyles from "./assets/console.css";
import consoleScript from "./assets/console.js";
import design from "./assets/design.css";
import docsStyles from "./assets/docs.css";
import script from "./assets/hosted.js";
import styles from "./assets/orgate.css";

export interface Asset {
  body: string;
  contentType: string;
  /** Changes with the content. */
  version: string;
}

export type AssetName = "design.css" | "orgate.css" | "console.css" | "docs.css" | "hosted.js" | "console.js";

export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["design.css", asset(`${base}\n${design}`, "text/css; charset=utf-8")],
  ["orgate.css", asset(styles, "text/css; charset=utf-8")],
  ["console.css", asset(consoleStyles, "text/css; charset=utf-8")],
  ["docs.css", asset(docsStyles, "text/css; charset=utf-8")],
  ["hosted.js", asset(script, "text/javascript; charset=utf-8")],
  ["console.js", asset(consoleScript, "text/javascript; charset=utf-8")],
] satisfies [AssetName, Asset][]);

/** Path of an asset with its content's version, so that it may be cached for ever. */
export function assetUrl(name: AssetName): string {
  return `/assets/${name}?v=${ASSETS.get(name)?.version ?? ""}`;
}

function asset(body: string, contentType: string): Asset {
  return { body, contentType, version: crc32(body).toString(16).padStart(8, "0") };
}
