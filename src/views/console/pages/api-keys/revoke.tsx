// Asks before an API key is revoked.

import type { ApiKey } from "../../../../domain/api-keys/api-key.ts";
import type { PageContext } from "../../context.ts";
import { Moment } from "../../parts/blocks.tsx";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";

export interface RevokeApiKeyProps {
  context: PageContext;
  apiKey: ApiKey;
  state: FormState;
  cancelHref: string;
  apiPath: string;
}

export function RevokeApiKey({ context, apiKey, state, cancelHref, apiPath }: RevokeApiKeyProps) {
  const { name, prefix, lastUsedAt } = apiKey;
  const use =
    lastUsedAt === null ? (
      "As far as is known it has never been used."
    ) : (
      <>
        It was last used <Moment at={lastUsedAt} now={context.now} />, to the hour.
      </>
    );
  return (
    <ConfirmForm
      title={`Revoke “${name}”`}
      consequences={[
        <>
          The key that begins with <code>{prefix}</code> is refused from the next request on. {use}
        </>,
        "What was made with it stays. Sessions of people are not affected.",
        "This cannot be undone. You can create another key at any time.",
      ]}
      name={name}
      csrf={context.csrf}
      state={state}
      action="Revoke API key"
      cancelHref={cancelHref}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: apiPath }]} />
    </ConfirmForm>
  );
}
