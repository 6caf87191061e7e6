// How an identity is named and what its state is, wherever it stands.

import type { Identity } from "../../../../domain/identities/identity.ts";
import { Badge } from "../../parts/blocks.tsx";

export function IdentityState({ identity }: { identity: Pick<Identity, "state"> }) {
  return identity.state === "active" ? <Badge tone="good">Active</Badge> : <Badge tone="bad">Deactivated</Badge>;
}

/** The person's name, when it is known. */
export function nameOf(identity: Pick<Identity, "traits">): string | undefined {
  const name = identity.traits["name"];
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** What the identity is called on a page. */
export function titleOf(identity: Identity): string {
  return nameOf(identity) ?? identity.email ?? identity.id;
}
