// A new identity, made by an operator.

import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, TextField } from "../../parts/fields.tsx";

export interface NewIdentityProps {
  context: PageContext;
  /** Of the identity to be. */
  id: string;
  state: FormState;
  cancelHref: string;
  /** The project's, where its admin API is. */
  origin: string;
}

export function NewIdentity({ context, id, state, cancelHref, origin }: NewIdentityProps) {
  return (
    <>
      <PageHead
        title="New identity"
        lead="Nobody has to be made beforehand: people appear when they first sign in. Make them here to have their ID before that."
      />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} id={id} />
          <FormProblemsNotice problems={state.problems} />
          <TextField
            name="email"
            type="email"
            label="E-mail address"
            state={state}
            required={true}
            autofocus={state.problems === undefined}
            code={true}
            hint="An address under an organization's domain makes the person its member, who signs in through its identity provider."
          />
          <TextField name="name" label="Name" state={state} maxlength={256} />
          <FormActions>
            <Button kind="primary">Create identity</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={origin}
        calls={[
          {
            method: "POST",
            path: "/admin/identities",
            body: { traits: { email: "ada@acme.example", name: "Ada" }, organization_id: null },
          },
        ]}
      />
    </>
  );
}
