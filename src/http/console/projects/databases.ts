// The databases that a project can be in, where the installation has more than one.

import type { AppContext } from "../../context.ts";

/** Their numbers, 0 first; none when there is nothing to choose. */
export function databasesOf(c: AppContext): number[] {
  const { several, places } = c.get("services").runtime.placement;
  return several ? [...places.keys()] : [];
}
