// The static files of the hosted pages, and the addresses under which pages ask for them.

import { crc32 } from "node:zlib";
import docsStyles from "./assets/docs.css";
import script from "./assets/hosted.js";
import styles from "./assets/orgate.css";

export interface Asset {
  body: string;
  contentType: string;
  /** Changes with the content. */
  version: string;
}

export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["orgate.css", asset(styles, "text/css; charset=utf-8")],
  ["docs.css", asset(docsStyles, "text/css; charset=utf-8")],
  ["hosted.js", asset(script, "text/javascript; charset=utf-8")],
]);

/** Path of an asset with its content's version, so that it may be cached for ever. */
export function assetUrl(name: "orgate.css" | "docs.css" | "hosted.js"): string {
  return `/assets/${name}?v=${ASSETS.get(name)?.version ?? ""}`;
}

function asset(body: string, contentType: string): Asset {
  return { body, contentType, version: crc32(body).toString(16).padStart(8, "0") };
}
