// Any OpenID Connect provider.
//
// Facts: OpenID Connect Core 1.0, section 2 (RS256 is the default of ID tokens) and section 5.4 (scopes `email`, `profile`).
// With a code flow many providers put `email` into the ID token; those that follow section 5.4 to the letter answer it at
// the userinfo endpoint only, for which a connection sets claims_source.

import { type Preset, STANDARD } from "./preset.ts";

export const generic: Preset = {
  ...STANDARD,
  guide: {
    name: "OpenID Connect",
    summary: "Any other provider that speaks OpenID Connect: you need its issuer URL, a client ID and a secret.",
    issuerExample: "https://id.example.com",
    issuerHelp: "The issuer as the provider's discovery document spells it, slash and case included.",
    clientHelp: "Register a web application with the code flow at the provider; it shows client ID and secret then.",
  },
};
