// Replacing an app's secret without a gap: the one before is accepted for a while.

import type { Client } from "../../../../domain/clients/client.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, Select } from "../../parts/fields.tsx";
import { apiPath, exactly, nameOf } from "./names.ts";

/** How long the secret before may stay valid. */
export const OVERLAPS = [
  { value: "0s", label: "Not at all: it has leaked" },
  { value: "1h", label: "1 hour" },
  { value: "24h", label: "1 day" },
  { value: "168h", label: "7 days" },
  { value: "720h", label: "30 days" },
] as const;

export interface RotateSecretProps {
  context: PageContext;
  client: Client;
  revision: number;
  state: FormState;
  path: string;
  issuer: string;
}

export function RotateSecret({ context, client, revision, state, path, issuer }: RotateSecretProps) {
  const overlap = state.values["overlap"] ?? "24h";
  return (
    <>
      <PageHead
        title={`Rotate the secret of “${nameOf(client)}”`}
        lead="Nobody is signed out. The new secret works at once; choose how long the one before does, so that the app can change over."
      />
      <Overlap context={context} client={client} revision={revision} />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} revision={revision} />
          <FormProblemsNotice problems={state.problems} reloadHref={`${path}/rotate-secret`} />
          <Select
            name="overlap"
            label="The secret before stays valid for"
            state={state}
            required={true}
            options={OVERLAPS}
            hint="Counted from now. You can end it earlier here. Of several secrets before, none lives longer than it did."
          />
          <FormActions>
            <Button kind="primary" name="action" value="rotate">
              Make a new secret
            </Button>
            <ButtonLink href={path}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "POST", path: apiPath(client, `/secrets/rotate?overlap=${overlap}`), origin: issuer },
          { method: "DELETE", path: apiPath(client, "/secrets/rotate"), origin: issuer },
        ]}
      />
    </>
  );
}

function Overlap({ context, client, revision }: Pick<RotateSecretProps, "context" | "client" | "revision">) {
  const until = client.secrets.slice(1).flatMap(({ expiresAt }) => expiresAt ?? []);
  const last = Math.max(0, ...until);
  if (last <= context.now) return null;
  return (
    <Panel title="A rotation is under way" lead={`The secret before is accepted until ${exactly(last)}.`}>
      <form method="post">
        <FormSecrets csrf={context.csrf} revision={revision} />
        <FormActions>
          <Button name="action" value="end">
            End it now
          </Button>
        </FormActions>
      </form>
    </Panel>
  );
}
