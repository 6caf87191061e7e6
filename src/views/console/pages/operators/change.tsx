// Changing an operator's role, taking access away, and withdrawing an invitation.

import type { Invitation, Operator } from "../../../../domain/operators/operator.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, Select } from "../../parts/fields.tsx";
import { ROLE_OPTIONS } from "./roles.ts";

export interface ChangeOperatorProps {
  context: PageContext;
  project: { name: string; isConsole: boolean };
  operator: Operator;
  self: boolean;
  state: FormState;
  /** The list of operators. */
  path: string;
  apiPath: string;
}

export function ChangeRole({ context, project, operator, self, state, path, apiPath }: ChangeOperatorProps) {
  const where = project.isConsole ? "every project" : project.name;
  return (
    <>
      <PageHead
        title={`Role of ${operator.email ?? operator.id}`}
        lead={`What they may do in ${where}, from the next click on.`}
      />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} />
          <FormProblemsNotice problems={state.problems} />
          {self ? (
            <div class="alert alert-warning">
              <p>This is your own role. With less of it you cannot give it back to yourself.</p>
            </div>
          ) : null}
          <Select name="role" label="Role" state={state} required={true} options={ROLE_OPTIONS} />
          <FormActions>
            <Button kind="primary">Save role</Button>
            <ButtonLink href={path}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "PATCH", path: apiPath, body: { role: "editor" } }]} />
    </>
  );
}

export function RemoveOperator({ context, project, operator, self, state, path, apiPath }: ChangeOperatorProps) {
  const address = operator.email ?? operator.id;
  const where = project.isConsole ? "every project, except those that name them as operators themselves" : project.name;
  return (
    <ConfirmForm
      title={`Remove ${address}`}
      consequences={[
        `${self ? "You lose" : "They lose"} access to ${where} with the next click.`,
        "Their account at this console stays, and so does everything they have made.",
        "You can invite them again at any time.",
      ]}
      name={address}
      csrf={context.csrf}
      state={state}
      action="Remove operator"
      cancelHref={path}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: apiPath }]} />
    </ConfirmForm>
  );
}

export function RevokeInvitation(props: {
  context: PageContext;
  invitation: Invitation;
  state: FormState;
  path: string;
  apiPath: string;
}) {
  const { context, invitation, state, path, apiPath } = props;
  return (
    <ConfirmForm
      title={`Revoke the invitation of ${invitation.email}`}
      consequences={["Its link stops working at once.", "You can invite the address again, with a new link."]}
      name={undefined}
      csrf={context.csrf}
      state={state}
      action="Revoke invitation"
      cancelHref={path}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: apiPath }]} />
    </ConfirmForm>
  );
}
