// Style sheets made of a project's accent: one for its hosted pages, and one for the preview of both schemes in the console.

import { accentFor } from "../domain/projects/branding.ts";
import design from "./assets/design.css";

/** Overrides the accent of the design system, in both schemes. */
export function brandStyle(accentColor: string): string {
  return `:root{${accentTokens(accentColor, "light")}}@media (prefers-color-scheme:dark){:root{${accentTokens(accentColor, "dark")}}}\n`;
}

/**
 * Both schemes side by side: everything inside `.scheme-light` and `.scheme-dark` has that scheme's colours, whatever the
 * reader's own is.
 */
export function previewStyle(accentColor: string | null): string {
  return (["light", "dark"] as const)
    .map((scheme) => {
      const accent = accentColor === null ? "" : accentTokens(accentColor, scheme);
      return `.scheme-${scheme}{color-scheme:${scheme};${TOKENS[scheme]}${accent}}`;
    })
    .join("\n");
}

function accentTokens(color: string, scheme: "light" | "dark"): string {
  const { accent, hover, text, link } = accentFor(color, scheme);
  return `--accent:${accent};--accent-hover:${hover};--accent-text:${text};--link:${link};`;
}

/** The custom properties of the design system by scheme: the first `:root` is the light one, and the dark one overrides it. */
const ROOTS = [...design.matchAll(/:root\s*\{([^}]*)\}/g)].map((match) => declarations(match[1] ?? ""));
const TOKENS = { light: ROOTS[0] ?? "", dark: `${ROOTS[0] ?? ""}${ROOTS[1] ?? ""}` };

function declarations(block: string): string {
  return [...block.matchAll(/(--[a-z-]+):\s*([^;]+);/g)].map((match) => `${match[1]}:${match[2]};`).join("");
}
