// All that is measured, and what stands beside what.

import type { Group, Scenario } from "./scenario.ts";
import {
  bareCallback,
  bareLogin,
  bareStart,
  d1Row,
  fixedJson,
  keptLogin,
  kvRead,
  scryptAlone,
  seal,
} from "./scenarios/floors.ts";
import { callback, login, loginBesideKept, passwordLogin, startByConnection, startByEmail, whoami } from "./scenarios/login.ts";
import { lookupCold, lookupIsolate, lookupKv, lookupUnknown } from "./scenarios/lookup.ts";
import { createOrganization, listOrganizations } from "./scenarios/management.ts";
import { redeemCode } from "./scenarios/provider.ts";

/** In this order; what writes comes last. */
export const GROUPS: readonly Group[] = [
  { name: "lookup-isolate", title: "Lookup, isolate-warm", floors: [fixedJson], ours: [lookupIsolate] },
  { name: "lookup-kv", title: "Lookup, KV-warm", floors: [kvRead], ours: [lookupKv] },
  { name: "lookup-unknown", title: "Lookup, unknown domain", floors: [d1Row], ours: [lookupUnknown] },
  { name: "whoami", title: "Whoami", floors: [d1Row], ours: [whoami] },
  { name: "start", title: "SSO start", floors: [bareStart, seal], ours: [startByConnection, startByEmail] },
  { name: "callback", title: "SSO callback", floors: [bareCallback], ours: [callback], idp: true },
  { name: "login", title: "Whole login", floors: [bareLogin], ours: [keptLogin, login], idp: true },
  {
    name: "login-kept",
    title: "Whole login, beside one that keeps as much",
    floors: [keptLogin],
    ours: [loginBesideKept],
    idp: true,
  },
  { name: "password", title: "Password login", floors: [scryptAlone], ours: [passwordLogin], concurrency: [1, 4] },
  { name: "token", title: "OpenID Provider", floors: [d1Row], ours: [redeemCode] },
  alone("login", bareLogin, login, keptLogin),
  alone("start", bareStart, startByConnection),
  alone("callback", bareCallback, callback),
  alone("whoami", d1Row, whoami),
  alone("lookup-isolate", fixedJson, lookupIsolate),
  alone("lookup-kv", kvRead, lookupKv),
  alone("token", d1Row, redeemCode),
  alone("organizations-list", d1Row, listOrganizations),
  { ...alone("password", scryptAlone, passwordLogin), concurrency: [1] },
  { name: "organizations-list", title: "Management, reading", floors: [d1Row], ours: [listOrganizations] },
  { name: "lookup-cold", title: "Lookup, cold", floors: [d1Row], ours: [lookupCold] },
  { name: "organizations-create", title: "Management, writing", floors: [d1Row], ours: [createOrganization] },
];

/** Few at once and many: a Worker that waits for each of its requests costs more for one of them. */
function alone(name: string, floor: Scenario, ours: Scenario, ...beside: Scenario[]): Group {
  const title = `The Worker alone: ${ours.title}`;
  return { name: `alone-${name}`, title, floors: [floor], ours: [...beside, ours], alone: true, concurrency: [1, 16] };
}
