// The forms of an app: a new one, and changing one. What every app needs first, what few need under "Show advanced settings".

import type { Child } from "hono/jsx";
import { SIGNING_ALGS } from "../../../../crypto/signing.ts";
import { CLIENT_AUTH_METHODS, type Client } from "../../../../domain/clients/client.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { type ApiCall, ApiCalls } from "../../parts/curl.tsx";
import {
  Checkbox,
  Fieldset,
  FormActions,
  FormProblemsNotice,
  FormSecrets,
  type FormState,
  Select,
  TextArea,
  TextField,
} from "../../parts/fields.tsx";
import { type OrganizationSuggestion, OrganizationSuggestions } from "../connections/suggestions.tsx";
import { apiPath, KINDS, nameOf } from "./names.ts";

interface FormProps {
  context: PageContext;
  state: FormState;
  suggestions: readonly OrganizationSuggestion[];
  issuer: string;
}

export function NewApplication(props: FormProps & { id: string; cancelHref: string }) {
  const { context, id, state, cancelHref, issuer } = props;
  return (
    <>
      <PageHead title="New application" lead="An app that signs its people in through this project." />
      <ApplicationForm {...props} secrets={<FormSecrets csrf={context.csrf} id={id} />} reloadHref={undefined}>
        <Button kind="primary">Create application</Button>
        <ButtonLink href={cancelHref}>Cancel</ButtonLink>
      </ApplicationForm>
      <Calls context={context} call={{ method: "POST", path: "/admin/clients", origin: issuer, body: bodyOf(state) }} />
    </>
  );
}

export function EditApplication(props: FormProps & { client: Client; revision: number; path: string }) {
  const { context, client, revision, path, issuer, state } = props;
  const name = state.values["client_name"] ?? client.name;
  const patch = [{ op: "replace", path: "/client_name", value: name }];
  return (
    <>
      <PageHead
        title={`Edit ${nameOf(client)}`}
        lead="What you save counts from the next request on. A redirect address that is taken away ends the sign-ins on their way to it."
      />
      <ApplicationForm {...props} secrets={<FormSecrets csrf={context.csrf} revision={revision} />} reloadHref={`${path}/edit`}>
        <Button kind="primary">Save</Button>
        <ButtonLink href={path}>Cancel</ButtonLink>
      </ApplicationForm>
      <Calls context={context} call={{ method: "PATCH", path: apiPath(client), origin: issuer, body: patch }} />
    </>
  );
}

function Calls({ context, call }: { context: PageContext; call: ApiCall }) {
  return <ApiCalls baseUrl={context.baseUrl} calls={[call]} />;
}

function bodyOf({ values }: FormState): Record<string, unknown> {
  const method = values["token_endpoint_auth_method"] ?? "client_secret_basic";
  return {
    client_name: values["client_name"] || "Reports",
    redirect_uris: [values["redirect_uris"]?.split("\n")[0]?.trim() || "https://reports.example.com/callback"],
    ...(method === "client_secret_basic" ? {} : { token_endpoint_auth_method: method }),
  };
}

/** Fields that stand under "Show advanced settings": it is open when one of them has something to say. */
const ADVANCED = ["organization_ids", "pkce", "subject_type", "id_token_signed_response_alg", "scope", "jwks", "jwks_uri"];

function ApplicationForm(props: FormProps & { secrets: Child; reloadHref: string | undefined; children: Child }) {
  const { state, suggestions, secrets, reloadHref, children } = props;
  const open =
    ADVANCED.some((name) => state.problems?.fields.has(name)) ||
    Boolean(state.values["organization_ids"]) ||
    state.values["token_endpoint_auth_method"] === "private_key_jwt";
  return (
    <Panel>
      <form method="post" class="form">
        {secrets}
        <FormProblemsNotice problems={state.problems} {...(reloadHref ? { reloadHref } : {})} />
        <TextField
          name="client_name"
          label="Name"
          hint="What people and operators read."
          placeholder="Reports"
          state={state}
          required={true}
          maxlength={256}
        />
        <Select
          name="token_endpoint_auth_method"
          label="Kind"
          hint="Whether it can keep a secret: code that runs in a browser or on somebody's device cannot. A server may prove itself with a key instead; give its public half below, in the advanced settings."
          state={state}
          required={true}
          options={CLIENT_AUTH_METHODS.map((value) => ({ value, label: `${KINDS[value]} (${value})` }))}
        />
        <Addresses state={state} />
        <details class="disclosure" {...(open ? { open: true } : {})}>
          <summary>Show advanced settings</summary>
          <Advanced state={state} suggestions={suggestions} />
        </details>
        <FormActions>{children}</FormActions>
      </form>
    </Panel>
  );
}

function Addresses({ state }: { state: FormState }) {
  return (
    <>
      <TextArea
        name="redirect_uris"
        label="Redirect addresses"
        hint="One on each line, compared exactly: https, or http on localhost. An installed app may use a scheme of its own with a dot, such as com.example.app:/callback."
        placeholder="https://reports.example.com/callback"
        state={state}
        required={true}
        code={true}
      />
      <TextArea
        name="post_logout_redirect_uris"
        label="Addresses after signing out"
        hint="Where the app may have people sent back to when it signs them out. One on each line."
        placeholder="https://reports.example.com/"
        state={state}
        rows={2}
        code={true}
      />
      <TextField
        name="backchannel_logout_uri"
        label="Back-channel logout address"
        hint="Told with a signed request when a session that the app signed in has ended, so that it ends its own."
        placeholder="https://reports.example.com/backchannel-logout"
        type="url"
        state={state}
        code={true}
      />
      <Checkbox
        name="backchannel_logout_session_required"
        label="It needs the session named (sid)"
        hint="backchannel_logout_session_required, for an app that keeps several sessions of one person apart."
        state={state}
      />
    </>
  );
}

function Advanced({ state, suggestions }: Pick<FormProps, "state" | "suggestions">) {
  return (
    <div class="form">
      <TextArea
        name="organization_ids"
        label="Organizations it is for"
        hint="One on each line: label, domain or ID. Empty: everybody. People of any other organization, and of none, are refused."
        state={state}
        placeholder="Acme"
      />
      <OrganizationSuggestions suggestions={suggestions} />
      <Scopes state={state} />
      <Select
        name="pkce"
        label="PKCE"
        hint="Protects the code on its way back to the app. Optional only for an old library, and only with a secret or a key."
        state={state}
        required={true}
        options={[
          { value: "required", label: "Required (S256)" },
          { value: "optional", label: "Optional" },
        ]}
      />
      <Select
        name="subject_type"
        label="Subject (sub)"
        state={state}
        required={true}
        options={[
          { value: "public", label: "Public: a person is the same in every app" },
          { value: "pairwise", label: "Pairwise: a person is somebody else at every host" },
        ]}
        hint="Changing it makes every person a new one to the app."
      />
      <Select
        name="id_token_signed_response_alg"
        label="ID token algorithm"
        hint="RS256 for libraries that expect it unasked, such as Spring Security."
        state={state}
        required={true}
        options={SIGNING_ALGS.map((value) => ({ value, label: value }))}
      />
      <Fieldset legend="Keys of the app" hint="For private_key_jwt: one of the two.">
        <TextField
          name="jwks_uri"
          label="Address of its public keys (jwks_uri)"
          type="url"
          state={state}
          code={true}
          placeholder="https://reports.example.com/jwks.json"
        />
        <TextArea
          name="jwks"
          label="Its public keys (jwks)"
          hint="A JWK Set, public halves alone."
          state={state}
          rows={4}
          code={true}
          placeholder={'{"keys": [{"kty": "EC", "crv": "P-256", "x": "…", "y": "…"}]}'}
        />
      </Fieldset>
    </div>
  );
}

function Scopes({ state }: { state: FormState }) {
  return (
    <Fieldset legend="What it may ask for" hint="Besides openid: who signed in, through which connection, of which organization.">
      <Checkbox name="scope_profile" label="profile: the name" state={state} />
      <Checkbox name="scope_email" label="email: the address, and whether it is verified" state={state} />
      <Checkbox
        name="scope_offline_access"
        label="offline_access: refresh tokens"
        hint="They rotate, and end with the person's session."
        state={state}
      />
    </Fieldset>
  );
}
