// Asks before an app is deleted.

import type { Client } from "../../../../domain/clients/client.ts";
import type { PageContext } from "../../context.ts";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";
import { apiPath, nameOf } from "./names.ts";

export interface DeleteApplicationProps {
  context: PageContext;
  client: Client;
  state: FormState;
  cancelHref: string;
  issuer: string;
}

export function DeleteApplication({ context, client, state, cancelHref, issuer }: DeleteApplicationProps) {
  const name = nameOf(client);
  return (
    <ConfirmForm
      title={`Delete “${name}”?`}
      consequences={[
        "Nobody signs in through it any more: its client ID and secret are unknown from the next request on.",
        "Every code, access token and refresh token that it holds ends.",
        "The people stay, and so do their sessions here and what they signed in to through other apps.",
        "It cannot be brought back. A new application gets another client ID.",
      ]}
      name={name}
      csrf={context.csrf}
      state={state}
      action="Delete the application"
      cancelHref={cancelHref}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: apiPath(client), origin: issuer }]} />
    </ConfirmForm>
  );
}
