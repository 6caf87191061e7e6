// After an app was made or its secret was: the secret, this once; and what there is to say when the form was sent twice.

import type { Client } from "../../../../domain/clients/client.ts";
import { CopyBox } from "../../../components/form.tsx";
import type { PageContext } from "../../context.ts";
import { ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ExampleLines, WhatTheAppIsTold } from "./facts.tsx";
import { exactly, nameOf } from "./names.ts";

export interface ApplicationCreatedProps {
  context: PageContext;
  client: Client;
  /** Undefined for an app that keeps none. */
  secret: string | undefined;
  path: string;
  issuer: string;
}

export function ApplicationCreated({ client, secret, path, issuer }: ApplicationCreatedProps) {
  return (
    <>
      <PageHead title="Application created" lead={`“${nameOf(client)}” can sign people in now.`} />
      {secret === undefined ? null : <Secret secret={secret} path={path} />}
      <WhatTheAppIsTold client={client} issuer={issuer} />
      <ExampleLines client={client} issuer={issuer} />
      {secret === undefined ? (
        <div class="page-actions">
          <ButtonLink href={path} kind="primary">
            To the application
          </ButtonLink>
        </div>
      ) : null}
    </>
  );
}

export function SecretShown({ title, lead, secret, path }: { title: string; lead: string; secret: string; path: string }) {
  return (
    <>
      <PageHead title={title} lead={lead} />
      <Secret secret={secret} path={path} />
    </>
  );
}

export interface SecretRotatedProps {
  context: PageContext;
  /** As it is now: the secret before, when it is still accepted, stands second. */
  client: Client;
  secret: string;
  path: string;
}

export function SecretRotated({ client, secret, path }: SecretRotatedProps) {
  const until = client.secrets[1]?.expiresAt;
  const lead = until
    ? `The secret before is accepted until ${exactly(until)}. Give the app the new one before then.`
    : "The secret before is not accepted any more. Give the app the new one now.";
  return <SecretShown title={`New secret of “${nameOf(client)}”`} lead={lead} secret={secret} path={path} />;
}

export function CreatedBefore({ path }: { path: string }) {
  return (
    <>
      <PageHead title="This application has been created already" />
      <Panel>
        <p>
          The form was sent a second time, so no second application was made. Its secret was shown the first time and cannot be
          shown again. If you did not copy it, rotate it.
        </p>
        <div class="page-actions">
          <ButtonLink href={path} kind="primary">
            To the application
          </ButtonLink>
          <ButtonLink href={`${path}/rotate-secret`}>Rotate its secret</ButtonLink>
        </div>
      </Panel>
    </>
  );
}

function Secret({ secret, path }: { secret: string; path: string }) {
  return (
    <Panel title="Client secret">
      <div class="alert alert-warning" role="alert" tabindex={-1} data-focus>
        <p>Copy the secret now. It is not stored and cannot be shown again.</p>
      </div>
      <CopyBox text={secret} label="Copy the client secret" />
      <p class="hint">Put it where your server keeps its secrets, never into a browser or an installed app.</p>
      <div class="page-actions">
        <ButtonLink href={path} kind="primary">
          I have copied it
        </ButtonLink>
      </div>
    </Panel>
  );
}
