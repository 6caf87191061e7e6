// The form that invites an operator, and the link it gives, this once.

import type { Invitation } from "../../../../domain/operators/operator.ts";
import { CopyBox } from "../../../components/form.tsx";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, Moment, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, Select, TextField } from "../../parts/fields.tsx";
import { ROLE_OPTIONS } from "./roles.ts";

export interface InviteOperatorProps {
  context: PageContext;
  project: { name: string; isConsole: boolean };
  id: string;
  state: FormState;
  path: string;
  apiPath: string;
}

export function InviteOperator({ context, project, id, state, path, apiPath }: InviteOperatorProps) {
  const lead = project.isConsole
    ? "They will have access to every project, those that do not exist yet too."
    : `They will have access to ${project.name} and no other project.`;
  return (
    <>
      <PageHead title="Invite an operator" lead={lead} />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} id={id} />
          <FormProblemsNotice problems={state.problems} />
          <TextField
            name="email"
            label="E-mail"
            type="email"
            hint="They sign in under this address. Whoever has an account here already keeps it."
            state={state}
            required={true}
            autofocus={state.problems === undefined}
          />
          <Select name="role" label="Role" state={state} required={true} options={ROLE_OPTIONS} />
          <p class="hint">
            No e-mail is sent: you get a link to pass on yourself. It works once and expires in 7 days. An earlier invitation of
            the same address stops working.
          </p>
          <FormActions>
            <Button kind="primary">Create invitation</Button>
            <ButtonLink href={path}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[{ method: "POST", path: apiPath, body: { email: "kim@example.com", role: "editor" } }]}
      />
    </>
  );
}

export function InvitationLink(props: { context: PageContext; invitation: Invitation; url: string; path: string }) {
  const { context, invitation, url, path } = props;
  return (
    <>
      <PageHead title="Invitation created" lead={`For ${invitation.email}, as ${invitation.role}.`} />
      <Panel>
        <div class="alert alert-warning" role="alert" tabindex={-1} data-focus>
          <p>Copy the link now and pass it on. No e-mail is sent, and the link cannot be shown again.</p>
        </div>
        <CopyBox text={url} label="Copy the invitation link" />
        <p class="hint">
          It works once, expires <Moment at={invitation.expiresAt} now={context.now} />, and can be revoked until then. Send it
          where only {invitation.email} reads it.
        </p>
        <div class="page-actions">
          <ButtonLink href={path} kind="primary">
            Back to operators
          </ButtonLink>
          <ButtonLink href={`${path}/invite`}>Invite another</ButtonLink>
        </div>
      </Panel>
    </>
  );
}

export function InvitedBefore({ path }: { path: string }) {
  return (
    <>
      <PageHead title="This invitation has been created already" />
      <Panel>
        <p>
          The form was sent a second time, so no second invitation was made. Its link was shown the first time and cannot be shown
          again. If you did not copy it, invite the address once more: that gives a new link and ends the old one.
        </p>
        <div class="page-actions">
          <ButtonLink href={path} kind="primary">
            Back to operators
          </ButtonLink>
          <ButtonLink href={`${path}/invite`}>Invite again</ButtonLink>
        </div>
      </Panel>
    </>
  );
}
