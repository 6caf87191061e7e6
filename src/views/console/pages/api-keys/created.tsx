// After an API key was made: the key, this once; and what there is to say when the form was sent a second time.

import type { ApiKey } from "../../../../domain/api-keys/api-key.ts";
import { CopyBox } from "../../../components/form.tsx";
import { ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";

export interface CreatedApiKeyProps {
  apiKey: ApiKey;
  key: string;
  path: string;
  baseUrl: string;
  projectId: string;
}

export function CreatedApiKey({ apiKey, key, path, baseUrl, projectId }: CreatedApiKeyProps) {
  return (
    <>
      <PageHead title="API key created" lead={`“${apiKey.name}” is ready to use.`} />
      <Panel>
        <div class="alert alert-warning" role="alert" tabindex={-1} data-focus>
          <p>Copy the key now. It is not stored and cannot be shown again.</p>
        </div>
        <CopyBox text={key} label="Copy the API key" />
        <p class="hint">
          Put it where your server keeps its secrets, never into a browser or an app. Whoever has it may do everything in this
          project except delete it.
        </p>
        <div class="page-actions">
          <ButtonLink href={path} kind="primary">
            I have copied it
          </ButtonLink>
        </div>
      </Panel>
      <Panel title="Try it">
        <CopyBox
          text={`curl '${baseUrl}/projects/${projectId}/organizations' -H "Authorization: Bearer $ORGATE_KEY"`}
          label="Copy the command"
        />
        <p class="hint">
          With the key in <code>ORGATE_KEY</code>. Everything else is in the <a href="/docs">API reference</a>.
        </p>
      </Panel>
    </>
  );
}

export function CreatedBefore({ path }: { path: string }) {
  return (
    <>
      <PageHead title="This key has been created already" />
      <Panel>
        <p>
          The form was sent a second time, so no second key was made. The key was shown the first time and cannot be shown again.
          If you did not copy it, revoke it and create another.
        </p>
        <div class="page-actions">
          <ButtonLink href={path} kind="primary">
            Back to API keys
          </ButtonLink>
          <ButtonLink href={`${path}/new`}>New API key</ButtonLink>
        </div>
      </Panel>
    </>
  );
}
