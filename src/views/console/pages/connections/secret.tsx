// Replacing a client secret without a gap: the new one is tried first, the old one is kept until the new one has worked.

import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, TextField } from "../../parts/fields.tsx";
import { type Around, apiPath, connectionPath, type LabelledConnection } from "./around.ts";

export interface SecretPageProps {
  around: Around;
  connection: LabelledConnection;
  state: FormState;
}

export function SecretPage(props: SecretPageProps) {
  const { around, connection, state } = props;
  const rotating = connection.previousClientSecret !== null;
  return (
    <>
      <PageHead
        title={`Rotate the secret of “${connection.label}”`}
        lead="Nobody is signed out, and nobody notices: while both secrets are stored, the new one is tried first, and the old one when the provider does not know the new one yet."
        actions={<ButtonLink href={connectionPath(around, connection)}>Back to the connection</ButtonLink>}
      />
      <FormProblemsNotice problems={state.problems} reloadHref={connectionPath(around, connection, "/rotate-secret")} />
      {rotating ? <UnderWay {...props} /> : null}
      <Panel title={rotating ? "Another new secret" : "New secret"}>
        <form method="post" class="form">
          <FormSecrets csrf={around.csrf} revision={connection.revision} />
          <TextField
            name="client_secret"
            label="New client secret"
            type="password"
            state={{ ...state, values: {} }}
            required={true}
            autocomplete="new-password"
            hint="Make it at the provider first. It is stored sealed and never shown again."
          />
          <FormActions>
            <Button kind="primary" name="action" value="rotate">
              Rotate
            </Button>
            <ButtonLink href={connectionPath(around, connection)}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={around.baseUrl}
        calls={[
          { method: "POST", path: apiPath(connection, "/rotate-secret"), body: { client_secret: "…" } },
          ...(rotating
            ? ([
                { method: "POST", path: apiPath(connection, "/restore-secret") },
                { method: "DELETE", path: apiPath(connection, "/previous-secret") },
              ] as const)
            : []),
        ]}
      />
    </>
  );
}

function UnderWay({ around, connection }: SecretPageProps) {
  return (
    <Panel title="A rotation is under way" id="rotation" lead={inUse(connection)}>
      <p>
        The first login with the new secret forgets the old one by itself. The check on the connection’s page tells which one
        works.
      </p>
      <FormActions>
        <form method="post">
          <FormSecrets csrf={around.csrf} revision={connection.revision} />
          <FormActions>
            <Button name="action" value="forget">
              Give up the old one
            </Button>
            <Button name="action" value="restore">
              Go back to the old one
            </Button>
          </FormActions>
        </form>
      </FormActions>
    </Panel>
  );
}

/**
 * Which secret logins have used since the rotation. A success with the new one would have forgotten the old one, so one that
 * came later than the last change was made with the old one.
 */
function inUse({ lastSucceededAt, updatedAt }: LabelledConnection): string {
  return lastSucceededAt !== null && lastSucceededAt > updatedAt
    ? "In use: the old secret. Logins have come through since, and the provider refuses the new one."
    : "In use: nothing is known yet. No login has come through since; the next one tries the new secret first.";
}
