// A project's look on its hosted pages: which logos and colours are accepted, and what is computed from a colour so that
// everything on it stays readable. Pure.

import { type FieldError, unacceptable } from "../errors.ts";

/** Bytes. */
export const MAX_LOGO_BYTES = 64 * 1024;

/** What a browser draws without running anything: no SVG, which is a document with scripts. */
export const LOGO_TYPES = ["image/png", "image/jpeg", "image/webp"] as const;
export type LogoType = (typeof LOGO_TYPES)[number];

/**
 * The type of an image by its first bytes, whatever it says of itself (PNG, third edition, section 5.2; JFIF, part 5, 10.1;
 * RFC 9649, section 2.3).
 * @throws {DomainError} `validation_failed` naming `logo`
 */
export function acceptLogo(bytes: Uint8Array): LogoType {
  if (bytes.length === 0) throw refuseLogo("required", "Choose an image.");
  if (bytes.length > MAX_LOGO_BYTES) throw refuseLogo("too_long", "At most 64 KiB. Scale the image down and try again.");
  const type = LOGO_TYPES.find((known) => hasMagic(known, bytes));
  if (!type) throw refuseLogo("image_type", "Only PNG, JPEG and WebP images.");
  return type;
}

/** `#rrggbb` in lower case; what is wrong with it is added to `problems`. */
export function acceptAccentColor(input: string, problems: FieldError[]): string {
  const color = input.trim().toLowerCase();
  if (!/^#[0-9a-f]{6}$/.test(color)) {
    problems.push({ field: "branding.accent_color", code: "color_invalid", message: "Write a colour such as #3247c5." });
  }
  return color;
}

/** The colours of primary actions in one scheme, `#rrggbb`. */
export interface Accent {
  accent: string;
  hover: string;
  /** On `accent` and on `hover`. */
  text: string;
  /** The accent as the colour of text. */
  link: string;
}

/** What the accent is shown on: src/views/assets/design.css. */
const CANVAS = { light: "#f5f5f2", dark: "#16181d" } as const;
/** Contrast ratios of WCAG 2.2, 1.4.3 (text) and 1.4.11 (what a control is known by; on light pages its text is enough). */
const TEXT_CONTRAST = 4.5;
const SHAPE_CONTRAST = { light: 1.25, dark: 3 } as const;

/**
 * The colours of a scheme that an accent gives: the accent itself where it can be seen, else moved towards black or white
 * until it can; text on it that reaches 4.5 to 1, black where white does not.
 */
export function accentFor(color: string, scheme: "light" | "dark"): Accent {
  const canvas = CANVAS[scheme];
  const away = scheme === "light" ? "#000000" : "#ffffff";
  const accent = reach(color, away, (candidate) => contrast(candidate, canvas) >= SHAPE_CONTRAST[scheme]);
  const text = contrast("#ffffff", accent) >= TEXT_CONTRAST ? "#ffffff" : "#000000";
  // Away from its text, so that hovering makes it easier to read.
  const hover = mix(accent, text === "#ffffff" ? "#000000" : "#ffffff", 0.14);
  return { accent, hover, text, link: reach(color, away, (candidate) => contrast(candidate, canvas) >= TEXT_CONTRAST) };
}

/** Contrast ratio of two colours (WCAG 2.2, "contrast ratio"), 1 to 21. */
export function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** The first of the colours from `color` towards `end` that will do; `end` itself when none does. */
function reach(color: string, end: string, enough: (candidate: string) => boolean): string {
  for (let step = 0; step <= 50; step++) {
    const candidate = mix(color, end, step / 50);
    if (enough(candidate)) return candidate;
  }
  return end;
}

function mix(color: string, end: string, share: number): string {
  const [from, to] = [channels(color), channels(end)];
  const mixed = from.map((value, index) => Math.round(value + ((to[index] ?? 0) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(color: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}

function hasMagic(type: LogoType, bytes: Uint8Array): boolean {
  const at = (offset: number, expected: readonly number[]) => expected.every((byte, index) => bytes[offset + index] === byte);
  if (type === "image/png") return at(0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  if (type === "image/jpeg") return at(0, [0xff, 0xd8, 0xff]);
  return at(0, [0x52, 0x49, 0x46, 0x46]) && at(8, [0x57, 0x45, 0x42, 0x50]);
}

function refuseLogo(code: string, message: string) {
  return unacceptable([{ field: "logo", code, message }]);
}
