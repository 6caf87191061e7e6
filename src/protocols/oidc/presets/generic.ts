// Any OpenID Connect provider.
//
// Facts: OpenID Connect Core 1.0, section 2 (RS256 is the default of ID tokens) and section 5.4 (scopes `email`, `profile`).
// With a code flow many providers put `email` into the ID token; those that follow section 5.4 to the letter answer it at
// the userinfo endpoint only, for which a connection sets claims_source.

import { type Preset, STANDARD } from "./preset.ts";

export const generic: Preset = STANDARD;
