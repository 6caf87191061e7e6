// The form of a connection: what every provider needs first, what few need under "Show advanced settings".

import type { Child } from "hono/jsx";
import { ID_TOKEN_ALGS, TOKEN_ENDPOINT_AUTH_METHODS } from "../../../../domain/connections/connection.ts";
import { Button, ButtonLink, CopyValue, Facts, PageHead, Panel } from "../../parts/blocks.tsx";
import { type ApiCall, ApiCalls } from "../../parts/curl.tsx";
import {
  Fieldset,
  FormActions,
  FormProblemsNotice,
  FormSecrets,
  type FormState,
  Select,
  TextField,
} from "../../parts/fields.tsx";
import type { Around } from "./around.ts";
import { type OrganizationSuggestion, OrganizationSuggestions, SUGGESTIONS } from "./suggestions.tsx";

/** What is known about the provider (src/protocols/oidc/presets). */
export interface ProviderGuide {
  name: string;
  issuerExample: string;
  issuerHelp: string;
  clientHelp: string;
}

export interface ConnectionFormProps {
  around: Around;
  title: string;
  lead: Child;
  guide: ProviderGuide;
  state: FormState;
  /** Of a new connection: its id, and what the organization field suggests. */
  create?: { id: string; suggestions: readonly OrganizationSuggestion[] };
  /** Of a stored one: its page, the revision that the form was filled in on, and the choices of provider. */
  edit?: { href: string; revision: number; organization: string; providers: readonly { value: string; label: string }[] };
  redirectUri: string;
  /** Rows for claims, filled ones included. */
  claimRows: number;
  openAdvanced: boolean;
  cancelHref: string;
  calls: readonly ApiCall[];
}

export function ConnectionFormPage(props: ConnectionFormProps) {
  const { around, title, lead, guide, state, create, edit, openAdvanced, cancelHref, calls } = props;
  return (
    <>
      <PageHead title={title} lead={lead} />
      <Panel>
        <form method="post" class="form">
          {/* Enter in a field presses the first button of the form. */}
          <button type="submit" hidden>
            Save
          </button>
          <FormSecrets csrf={around.csrf} {...(create ? { id: create.id } : {})} {...(edit ? { revision: edit.revision } : {})} />
          <FormProblemsNotice problems={state.problems} {...(edit ? { reloadHref: edit.href } : {})} />
          <AtTheProvider {...props} />
          <TextField
            name="label"
            label="Label"
            state={state}
            maxlength={256}
            required={edit !== undefined}
            hint="What the sign-in button says. Left empty, it is the organization’s label."
          />
          <TextField
            name="issuer_url"
            label="Issuer URL"
            state={state}
            required={true}
            code={true}
            placeholder={guide.issuerExample}
            hint={guide.issuerHelp}
          />
          <TextField name="client_id" label="Client ID" state={state} required={true} code={true} hint={guide.clientHelp} />
          <Select
            name="token_endpoint_auth_method"
            label="How Orgate proves itself to the provider"
            state={state}
            required={true}
            options={TOKEN_ENDPOINT_AUTH_METHODS.map((value) => ({ value, label: METHODS[value] }))}
          />
          <TextField
            name="client_secret"
            label={edit ? "New client secret" : "Client secret"}
            type="password"
            state={{ ...state, values: {} }}
            autocomplete="new-password"
            hint={
              edit
                ? "Empty keeps the stored one. What you type replaces it at once; to change it without a gap, rotate it on the connection’s page."
                : "Stored sealed and never shown again. Leave it empty with a key instead of a secret: Orgate makes the key."
            }
          />
          <details class="disclosure" {...(openAdvanced ? { open: true } : {})}>
            <summary>Show advanced settings</summary>
            <Advanced {...props} />
          </details>
          <FormActions>
            <Button kind="primary">{edit ? "Save" : "Add the connection"}</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls baseUrl={around.baseUrl} calls={calls} />
    </>
  );
}

const METHODS = {
  client_secret_basic: "Client secret in the header (client_secret_basic)",
  client_secret_post: "Client secret in the body (client_secret_post)",
  private_key_jwt: "A key of its own, no secret (private_key_jwt)",
} as const;

function AtTheProvider({ redirectUri, create }: ConnectionFormProps) {
  return (
    <Fieldset
      legend="Register at the provider"
      hint={
        create
          ? "Create the application at the provider with this redirect URI first. It never changes after you have added the connection."
          : "The redirect URI of a connection never changes."
      }
    >
      <Facts items={[["Redirect URI", <CopyValue text={redirectUri} label="the redirect URI" />]]} />
    </Fieldset>
  );
}

function Advanced(props: ConnectionFormProps) {
  const { state, edit } = props;
  return (
    <div class="form">
      <Organization {...props} />
      {edit ? <Select name="provider" label="Provider" state={state} required={true} options={edit.providers} /> : null}
      <TextField
        name="scope"
        label="Scopes"
        state={state}
        code={true}
        hint="With blanks between them. openid is always asked for."
      />
      <Select
        name="claims_source"
        label="Claims are read from"
        state={state}
        required={true}
        options={[
          { value: "id_token", label: "The ID token" },
          { value: "userinfo", label: "The ID token and the userinfo endpoint" },
        ]}
      />
      <Claims {...props} />
      <Select
        name="id_token_signed_response_alg"
        label="ID token algorithm"
        state={state}
        required={true}
        options={ID_TOKEN_ALGS.map((value) => ({ value, label: value }))}
        hint="Tokens that are signed with any other are refused."
      />
      <Select
        name="update_identity_on_login"
        label="Update accounts at every login"
        state={state}
        required={true}
        options={[
          { value: "never", label: "Never: only the address follows the provider" },
          { value: "automatic", label: "Always: traits follow the provider’s claims" },
        ]}
      />
    </div>
  );
}

function Organization({ state, create, edit }: ConnectionFormProps) {
  if (!create) return <Facts items={[["For", edit?.organization ?? ""]]} />;
  return (
    <Fieldset legend="Organization" hint="The redirect URI tells the organization, so this cannot be changed later.">
      <TextField
        name="organization_id"
        label="Use this connection for"
        state={state}
        placeholder="Label, domain or ID"
        list={SUGGESTIONS}
        hint="Empty: social sign-in for everybody. Otherwise only people with an address under this organization’s domains come through."
      />
      <OrganizationSuggestions suggestions={create.suggestions} />
      <FormActions>
        <button type="submit" class="button" name="preview" value="on" formnovalidate>
          Show the redirect URI for this organization
        </button>
      </FormActions>
    </Fieldset>
  );
}

function Claims({ state, claimRows }: ConnectionFormProps) {
  const sentences = state.problems?.fields.get("claims_mapping") ?? [];
  return (
    <Fieldset
      legend="Claims mapping"
      hint="Which claim becomes which trait of the account, where it differs from the provider’s usual ones. Empty rows are left out."
    >
      {sentences.length > 0 ? (
        <p class="error" id="f-claims-mapping" tabindex={-1}>
          {sentences.join(" ")}
        </p>
      ) : null}
      {Array.from({ length: claimRows }, (_, row) => (
        <div class="field-pair">
          <TextField name={`claim_trait_${row}`} label={`Trait ${row + 1}`} state={state} code={true} placeholder="name" />
          <TextField name={`claim_name_${row}`} label={`Claim ${row + 1}`} state={state} code={true} placeholder="displayName" />
        </div>
      ))}
    </Fieldset>
  );
}
