// Templates of sessions as JWTs: what there is, a new one, and the end of one.

import { SIGNING_ALGS } from "../../../../crypto/signing.ts";
import { CLAIM_SOURCES, type ClaimSource, type SessionTokenTemplate } from "../../../../domain/session-tokens/template.ts";
import { CopyBox } from "../../../components/form.tsx";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel, Table } from "../../parts/blocks.tsx";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import {
  Fieldset,
  FormActions,
  FormProblemsNotice,
  FormSecrets,
  type FormState,
  Select,
  TextArea,
  TextField,
} from "../../parts/fields.tsx";

interface PanelProps {
  context: PageContext;
  issuer: string;
  templates: readonly SessionTokenTemplate[];
}

export function SessionTokensPanel({ context, issuer, templates }: PanelProps) {
  const { write } = context.may;
  const [first] = templates;
  return (
    <Panel
      title="Session tokens"
      id="session-tokens"
      lead="A session as a short-lived JWT, for an application that checks sessions at its own edge without asking Orgate each time."
      actions={write ? <ButtonLink href={`${context.path}/session-tokens/new`}>New template</ButtonLink> : null}
    >
      {first === undefined ? (
        <p>There is no template yet. It says what is in a token, and for how long it is valid.</p>
      ) : (
        <>
          <Table
            caption="Session token templates"
            head={["Name", "Valid for", "Algorithm", "Audience", "Subject", "Claims", ...(write ? ["Delete it"] : [])]}
            rows={templates.map((template) => [
              <code>{template.name}</code>,
              `${template.ttl} s`,
              template.alg,
              template.audience.length === 0 ? "None" : <code>{template.audience.join(" ")}</code>,
              template.subjectSource === "id" ? "Identity ID" : "E-mail address",
              <code>{Object.keys(template.claims).join(" ") || "None"}</code>,
              ...(write
                ? [
                    <a href={`${context.path}/session-tokens/${template.name}/delete`}>
                      Delete<span class="unseen"> {template.name}</span>
                    </a>,
                  ]
                : []),
            ])}
          />
          <CopyBox text={tokenizeLine(issuer, first.name)} label="Copy the command that asks for a token" />
        </>
      )}
    </Panel>
  );
}

function tokenizeLine(issuer: string, name: string): string {
  return `curl '${issuer}/sessions/whoami?tokenize_as=${name}' -H "X-Session-Token: $SESSION_TOKEN"`;
}

export interface NewTemplateProps {
  context: PageContext;
  projectId: string;
  issuer: string;
  state: FormState;
  cancelHref: string;
}

export function NewTemplate({ context, projectId, state, cancelHref }: NewTemplateProps) {
  return (
    <>
      <PageHead
        title="New session token template"
        lead="A session that ends does not take its tokens along, so keep them short. None outlives its session."
      />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} />
          <FormProblemsNotice problems={state.problems} />
          <TextField
            name="name"
            label="Name"
            hint="Applications ask for it: /sessions/whoami?tokenize_as=edge. Lower-case letters, digits, hyphens and underscores."
            placeholder="edge"
            state={state}
            required={true}
            code={true}
            maxlength={64}
          />
          <TextField name="ttl" label="Valid for" hint="From 1s to 10m." state={state} required={true} code={true} />
          <TextArea
            name="audience"
            label="Audience (aud)"
            hint="Who is to accept the token: one on each line. An application's client ID is not taken, so that nobody takes the token for an ID token."
            placeholder="https://api.example.com"
            state={state}
            rows={2}
            code={true}
          />
          <Select
            name="subject_source"
            label="Subject (sub)"
            state={state}
            required={true}
            options={[
              { value: "id", label: "The identity's ID, which never changes" },
              { value: "email", label: "The e-mail address" },
            ]}
          />
          <Select
            name="alg"
            label="Algorithm"
            state={state}
            required={true}
            options={SIGNING_ALGS.map((value) => ({ value, label: value }))}
          />
          <Claims state={state} />
          <FormActions>
            <Button kind="primary">Create template</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          {
            method: "PUT",
            path: `/projects/${projectId}/session-token-templates/${encodeURIComponent(state.values["name"] || "edge")}`,
            body: { ttl: "60s", audience: ["https://api.example.com"], claims: { email: "email", org_id: "org_id" } },
          },
        ]}
      />
    </>
  );
}

const SOURCES: Readonly<Record<ClaimSource, string>> = {
  email: "E-mail address",
  email_verified: "Verified or not",
  name: "Name",
  org_id: "Organization",
  idp: "Connection",
  amr: "Methods (amr)",
  acr: "Strength (acr)",
  auth_time: "Signed in at",
  aal: "Assurance (aal)",
};

function Claims({ state }: { state: FormState }) {
  const sentences = state.problems?.fields.get("claims") ?? [];
  return (
    <Fieldset
      legend="Claims"
      hint="What each is called in the token; empty leaves it out. iss, sub, sid, jti, iat, nbf and exp are always there."
    >
      {sentences.length > 0 ? (
        <p class="error" id="f-claims" tabindex={-1}>
          {sentences.join(" ")}
        </p>
      ) : null}
      <div class="field-pair claim-names">
        {CLAIM_SOURCES.map((source) => (
          <TextField name={`claim_${source}`} label={SOURCES[source]} state={state} code={true} maxlength={128} />
        ))}
      </div>
    </Fieldset>
  );
}

export interface DeleteTemplateProps {
  context: PageContext;
  template: SessionTokenTemplate;
  state: FormState;
  cancelHref: string;
}

export function DeleteTemplate({ context, template, state, cancelHref }: DeleteTemplateProps) {
  const { name, projectId, ttl } = template;
  return (
    <ConfirmForm
      title={`Delete the template “${name}”?`}
      consequences={[
        `Whoever asks for tokenize_as=${name} gets a 404 from the next request on.`,
        `Tokens that are out stay valid until they expire, after ${ttl} seconds at most.`,
        "Sessions are not affected.",
      ]}
      name={name}
      csrf={context.csrf}
      state={state}
      action="Delete the template"
      cancelHref={cancelHref}
    >
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[{ method: "DELETE", path: `/projects/${projectId}/session-token-templates/${name}` }]}
      />
    </ConfirmForm>
  );
}
