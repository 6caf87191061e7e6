// Everything that has an id: threats, faults, conformance modules, and what went wrong at others. The scoreboard is this
// list beside the results of the tests whose titles carry the ids.

import { ADVISORIES } from "./advisories.ts";
import type { Entry } from "./entry.ts";
import { FAULTS } from "./faults.ts";
import { BASIC_RP, CONFIG_RP, FAPI2_RP, FURTHER_RP, LOGOUT_RP } from "./modules.ts";
import { BACK_CHANNEL_OP, BASIC_OP, CONFIG_OP, FAPI2_OP, KEYS_OP, LOGOUT_OP } from "./provider-modules.ts";
import { THREATS } from "./threats.ts";

export const CATALOGUE: readonly { name: string; entries: readonly Entry[] }[] = [
  { name: "Threats", entries: THREATS },
  { name: "Faults", entries: FAULTS },
  { name: "Basic relying party modules", entries: BASIC_RP },
  { name: "Config relying party modules", entries: CONFIG_RP },
  { name: "Further relying party modules", entries: FURTHER_RP },
  { name: "Logout modules", entries: LOGOUT_RP },
  { name: "FAPI 2 client modules", entries: FAPI2_RP },
  { name: "Basic and Config provider modules", entries: [...CONFIG_OP, ...BASIC_OP, ...KEYS_OP] },
  { name: "Logout provider modules", entries: [...LOGOUT_OP, ...BACK_CHANNEL_OP] },
  { name: "FAPI 2 provider modules", entries: FAPI2_OP },
  { name: "Peers' advisories", entries: ADVISORIES },
];

/** Titles may say it short. */
const LONG_NAME = /fapi2-security-profile-final-client-test/g;

const LIKE_AN_ID =
  /(?<![\w-])(?:[TF]\d{1,3}|(?:GHSA|CVE)-[\w-]+|oidcc-[\w-]*\w|fapi2-(?:client|op)-test[\w-]*|(?:Kratos|Polis|Ory-SCIM|workers-oauth-provider)-\d[\d.]*\d)(?![\w-])/g;

/** Whether an id stands in a title as a word of its own: beside it is no letter, digit or hyphen, and no dot that goes on. */
export function carries(title: string, id: string): boolean {
  const escaped = id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${escaped}(?![\\w-]|\\.\\d)`).test(title.replace(LONG_NAME, "fapi2-client-test"));
}

/** What looks like an id, whether the catalogue has it or not. */
export function idsIn(text: string): string[] {
  return text.replace(LONG_NAME, "fapi2-client-test").match(LIKE_AN_ID) ?? [];
}
