// Whether a connection may be used now.

import type { Connection } from "../connections/connection.ts";

/** Why a connection may not be used now, by its own state and its organization's. */
export function refuseConnection(
  connection: Pick<Connection, "state" | "organizationId">,
  organization: { state: "enabled" | "disabled" } | null,
): "connection_disabled" | "organization_disabled" | undefined {
  if (connection.state !== "enabled") return "connection_disabled";
  if (connection.organizationId !== null && organization?.state !== "enabled") return "organization_disabled";
  return undefined;
}
