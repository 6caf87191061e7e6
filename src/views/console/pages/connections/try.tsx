// Before a trial: what will happen, and the button.

import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormSecrets } from "../../parts/fields.tsx";
import { type Around, apiPath, connectionPath, type LabelledConnection } from "./around.ts";

export function TryPage({ around, connection }: { around: Around; connection: LabelledConnection }) {
  return (
    <>
      <PageHead
        title={`Try “${connection.label}”`}
        actions={<ButtonLink href={connectionPath(around, connection)}>Back to the connection</ButtonLink>}
      />
      <Panel>
        <ul class="consequences">
          <li>A new tab opens at the provider. Sign in there as somebody who will use the connection.</li>
          <li>You come back to a page with the claims, what becomes of them, and whether the login would come through.</li>
          <li>No session and no account is made. One event says that you tried; the claims are stored nowhere.</li>
        </ul>
        <form method="post" target="_blank" rel="noopener">
          <FormSecrets csrf={around.csrf} />
          <FormActions>
            <Button kind="primary">Try it in a new tab</Button>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls baseUrl={around.baseUrl} calls={[{ method: "POST", path: apiPath(connection, "/try") }]} />
    </>
  );
}
