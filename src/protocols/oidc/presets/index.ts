// The presets by provider.

import type { Provider } from "../../../domain/connections/connection.ts";
import { auth0 } from "./auth0.ts";
import { generic } from "./generic.ts";
import { google } from "./google.ts";
import { jumpcloud } from "./jumpcloud.ts";
import { keycloak } from "./keycloak.ts";
import { microsoft } from "./microsoft.ts";
import { okta } from "./okta.ts";
import { onelogin } from "./onelogin.ts";
import { ping } from "./ping.ts";
import type { Preset } from "./preset.ts";

export type { IssuerCheck, Preset } from "./preset.ts";

const PRESETS: Record<Provider, Preset> = { generic, okta, microsoft, google, auth0, onelogin, ping, keycloak, jumpcloud };

/** What is known about a provider. */
export function presetFor(provider: Provider): Preset {
  return PRESETS[provider];
}
