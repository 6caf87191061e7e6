// Before a connection is switched off or deleted: what will end, and what will stay.

import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormProblems } from "../../parts/fields.tsx";
import { type Around, apiPath, connectionPath, type LabelledConnection } from "./around.ts";

export interface EndPageProps {
  around: Around;
  connection: LabelledConnection;
  problems: FormProblems | undefined;
}

export function DisablePage({ around, connection, problems }: EndPageProps) {
  return (
    <ConfirmForm
      title={`Disable “${connection.label}”?`}
      consequences={[
        "Everybody who signed in through it is signed out, and logins under way are refused.",
        whoIsLockedOut(connection),
        "Its settings, its secret and the accounts stay. You can try it while it is disabled, and enable it again.",
      ]}
      name={undefined}
      csrf={around.csrf}
      state={{ values: {}, problems }}
      action="Disable the connection"
      cancelHref={connectionPath(around, connection)}
    >
      <ApiCalls baseUrl={around.baseUrl} calls={[{ method: "PATCH", path: apiPath(connection), body: { state: "disabled" } }]} />
    </ConfirmForm>
  );
}

export function DeletePage({ around, connection, problems }: EndPageProps) {
  return (
    <ConfirmForm
      title={`Delete “${connection.label}”?`}
      consequences={[
        "Everybody who signed in through it is signed out, and logins under way are refused.",
        whoIsLockedOut(connection),
        "Its settings and its secret are gone for good. A new connection gets another redirect URI, which has to be registered at the provider.",
        "The accounts stay, and so do their links to the provider’s subjects: a new connection to the same issuer finds the same people.",
      ]}
      name={connection.label}
      csrf={around.csrf}
      state={{ values: {}, problems }}
      action="Delete the connection"
      cancelHref={connectionPath(around, connection)}
    >
      <ApiCalls baseUrl={around.baseUrl} calls={[{ method: "DELETE", path: apiPath(connection) }]} />
    </ConfirmForm>
  );
}

function whoIsLockedOut({ organizationId, organizationLabel }: LabelledConnection): string {
  return organizationId === null
    ? "Nobody can use this button on the sign-in page any more. Accounts without a password have no other way in."
    : `If “${organizationLabel}” has no other enabled connection, nobody under its domains can sign in, not with a password either.`;
}
