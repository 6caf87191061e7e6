// How a project shows itself over a hosted page: its name, its logo, and the sheet with its colours.

import type { Project } from "../domain/projects/project.ts";

export interface Brand {
  name: string;
  /** Path of the logo; without one the name's first letter stands in. */
  logo?: string;
  /** Path of the style sheet with the project's colours. */
  style?: string;
}

/** @param base where the project's doors stand on this host: empty, or `/console` */
export function brandOf(project: Pick<Project, "name" | "accentColor" | "logoDigest">, base: string): Brand {
  const { name, accentColor, logoDigest } = project;
  return {
    name,
    ...(logoDigest === null ? {} : { logo: `${base}/branding/logo?v=${logoDigest}` }),
    ...(accentColor === null ? {} : { style: `${base}/branding/style.css?v=${accentColor.slice(1)}` }),
  };
}

/** The name alone. */
export function brandName(brand: string | Brand): string {
  return typeof brand === "string" ? brand : brand.name;
}
