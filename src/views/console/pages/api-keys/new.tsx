// The form of a new API key.

import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, Select, TextField } from "../../parts/fields.tsx";
import { LIFESPANS } from "./lifespans.ts";

export interface NewApiKeyProps {
  context: PageContext;
  id: string;
  state: FormState;
  cancelHref: string;
  apiPath: string;
}

export function NewApiKey({ context, id, state, cancelHref, apiPath }: NewApiKeyProps) {
  return (
    <>
      <PageHead
        title="New API key"
        lead="It may do everything in this project except delete it. Give every server a key of its own."
      />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} id={id} />
          <FormProblemsNotice problems={state.problems} />
          <TextField
            name="name"
            label="Name"
            hint="What it is for, so that you know what stops when you revoke it."
            placeholder="Billing service"
            state={state}
            required={true}
            autofocus={state.problems === undefined}
            maxlength={256}
          />
          <Select
            name="lifespan"
            label="Expires"
            hint="From then on it is refused. A key that never expires has to be revoked by hand."
            state={state}
            required={true}
            options={LIFESPANS}
          />
          <FormActions>
            <Button kind="primary">Create API key</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[{ method: "POST", path: apiPath, body: { name: "Billing service", expires_at: "2027-01-31T12:00:00Z" } }]}
      />
    </>
  );
}
