// The forms of an organization: a new one, and changing one.

import type { Organization } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import {
  FormActions,
  FormProblemsNotice,
  FormSecrets,
  type FormState,
  Select,
  TextArea,
  TextField,
} from "../../parts/fields.tsx";

export interface NewOrganizationProps {
  context: PageContext;
  /** Of the organization to be. */
  id: string;
  state: FormState;
  projectLifespan: string;
  cancelHref: string;
  apiPath: string;
}

export function NewOrganization({ context, id, state, projectLifespan, cancelHref, apiPath }: NewOrganizationProps) {
  return (
    <>
      <PageHead
        title="New organization"
        lead="A business customer whose people sign in through the customer's own identity provider."
      />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} id={id} />
          <FormProblemsNotice problems={state.problems} />
          <Fields state={state} projectLifespan={projectLifespan} />
          <FormActions>
            <Button kind="primary">Create organization</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <Panel title="What comes next">
        <p>
          You add a connection: the client registration at the customer's identity provider. The organization's page shows what
          the customer's IT needs for it. Until there is one, nobody can sign in with an address under these domains, and those
          who signed in with a password so far have to wait for it.
        </p>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[{ method: "POST", path: apiPath, body: { label: "Acme", domains: ["acme.example"], session_lifespan: "12h" } }]}
      />
    </>
  );
}

export interface EditOrganizationProps {
  context: PageContext;
  organization: Organization;
  /** That the form was filled in on. */
  revision: number;
  state: FormState;
  projectLifespan: string;
  path: string;
  apiPath: string;
}

export function EditOrganization(props: EditOrganizationProps) {
  const { context, organization, revision, state, projectLifespan, path, apiPath } = props;
  const { label, domains, sessionLifespan } = organization;
  return (
    <>
      <PageHead title={`Edit ${label}`} />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} revision={revision} />
          <FormProblemsNotice problems={state.problems} reloadHref={`${path}/edit`} />
          <Fields state={state} projectLifespan={projectLifespan} />
          <Select
            name="state"
            label="State"
            state={state}
            required={true}
            options={[
              { value: "enabled", label: "Enabled: its people sign in" },
              { value: "disabled", label: "Disabled: nobody signs in, and who is signed in is signed out" },
            ]}
            hint="A disabled organization keeps its domains, so no other door opens for them."
          />
          <FormActions>
            <Button kind="primary">Save</Button>
            <ButtonLink href={path}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <Panel
        title="Delete this organization"
        danger={true}
        lead="Ends its connections, domains and sessions. The next page says exactly what."
        actions={
          <ButtonLink href={`${path}/delete`} kind="danger">
            Delete…
          </ButtonLink>
        }
      >
        {null}
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          {
            method: "PUT",
            path: apiPath,
            body: { label, domains, session_lifespan: sessionLifespan ?? "", state: organization.state },
          },
        ]}
      />
    </>
  );
}

function Fields({ state, projectLifespan }: { state: FormState; projectLifespan: string }) {
  return (
    <>
      <TextField
        name="label"
        label="Name"
        state={state}
        required={true}
        maxlength={256}
        autofocus={state.problems === undefined}
        hint="As your team knows the customer. People see it when they sign in."
      />
      <TextArea
        name="domains"
        label="E-mail domains"
        state={state}
        rows={4}
        code={true}
        placeholder={"acme.example\nacme.co.uk"}
        hint="One per line, such as acme.example. Whoever has an address under one of them signs in through this organization only."
      />
      <TextField
        name="session_lifespan"
        label="Session lifespan"
        state={state}
        code={true}
        placeholder={projectLifespan}
        hint={`How long its people stay signed in: a whole number and s, m or h. Empty: the project's, ${projectLifespan}.`}
      />
    </>
  );
}
