// One connection: how it is doing, what to register at the provider, what it is set to, and what can be done with it.

import type { Child } from "hono/jsx";
import { referenceOf } from "../../../../domain/events/reference.ts";
import { refusalExplanation } from "../../../refusal-explanations.ts";
import { isRefusalReason } from "../../../refusal-sentences.ts";
import { Badge, Button, ButtonLink, CopyValue, Facts, Moment, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormProblems } from "../../parts/fields.tsx";
import { FormActions, FormProblemsNotice, FormSecrets } from "../../parts/fields.tsx";
import { type Around, apiPath, connectionPath, type LabelledConnection } from "./around.ts";
import { StateBadge } from "./list.tsx";

export interface ConnectionPageProps {
  around: Around;
  connection: LabelledConnection;
  providerName: string;
  /** A link that starts a login through this connection. */
  signInLink: string;
  /** Where the provider finds our key, with private_key_jwt. */
  jwksUri: string | undefined;
  problems: FormProblems | undefined;
}

export function ConnectionPage(props: ConnectionPageProps) {
  const { around, connection } = props;
  const at = (below: string) => connectionPath(around, connection, below);
  return (
    <>
      <PageHead
        title={connection.label}
        badge={<StateBadge connection={connection} />}
        lead={<ForWhom {...props} />}
        actions={around.may.write ? <ButtonLink href={at("/edit")}>Edit</ButtonLink> : null}
      />
      <FormProblemsNotice problems={props.problems} reloadHref={at("")} />
      <Health {...props} />
      {around.may.write ? <CheckAndTry {...props} /> : null}
      <AtTheProvider {...props} />
      <Settings {...props} />
      <Credentials {...props} />
      {around.may.write ? <SwitchOff {...props} /> : null}
      <ApiCalls
        baseUrl={around.baseUrl}
        calls={[
          { method: "GET", path: apiPath(connection) },
          ...(around.may.write
            ? ([
                { method: "POST", path: apiPath(connection, "/check") },
                { method: "POST", path: apiPath(connection, "/try") },
                { method: "PATCH", path: apiPath(connection), body: { state: other(connection.state) } },
              ] as const)
            : []),
        ]}
      />
    </>
  );
}

function ForWhom({ around, connection, providerName }: ConnectionPageProps) {
  if (connection.organizationId === null) return <>{providerName}, social sign-in for everybody.</>;
  return (
    <>
      {providerName}, single sign-on for{" "}
      <a href={`${around.path}/organizations/${connection.organizationId}`}>{connection.organizationLabel}</a>.
    </>
  );
}

function Health({ around, connection }: ConnectionPageProps) {
  const { lastSucceededAt, lastFailedAt, lastFailureReason, lastFailureEventId } = connection;
  const failed = lastFailedAt !== null && lastFailureReason !== null;
  return (
    <Panel title="How it is doing">
      <Facts
        items={[
          [
            "Last worked",
            lastSucceededAt === null ? "No login has come through yet" : <Moment at={lastSucceededAt} now={around.now} />,
          ],
          ["Last failed", failed ? <Moment at={lastFailedAt} now={around.now} /> : "Never"],
        ]}
      />
      {failed ? <Failure reason={lastFailureReason} eventId={lastFailureEventId} path={around.path} /> : null}
      <p class="hint">
        <a href={`${around.path}/events?connection_id=${connection.id}`}>All events of this connection</a>
      </p>
    </Panel>
  );
}

function Failure({ reason, eventId, path }: { reason: string; eventId: string | null; path: string }) {
  const explanation = isRefusalReason(reason) ? refusalExplanation(reason) : undefined;
  return (
    <div>
      <p>
        {explanation?.happened} <code>{reason}</code>
      </p>
      {explanation ? (
        <p>
          <strong>What to do.</strong> {explanation.fix}
        </p>
      ) : null}
      {eventId === null ? null : (
        <p class="hint">
          <a href={`${path}/events?reference=${referenceOf(eventId)}`}>The event of this failure</a>
        </p>
      )}
    </div>
  );
}

function CheckAndTry({ around, connection }: ConnectionPageProps) {
  return (
    <Panel
      title="Does it work?"
      lead="The check asks the provider’s servers. The trial signs you in there, shows what comes back, and makes no session and no account; it also works while the connection is disabled."
    >
      <FormActions>
        <form method="post" action={connectionPath(around, connection, "/check")}>
          <FormSecrets csrf={around.csrf} />
          <Button kind="primary">Check it</Button>
        </form>
        <form method="post" action={connectionPath(around, connection, "/try")} target="_blank" rel="noopener">
          <FormSecrets csrf={around.csrf} />
          <Button>Try it in a new tab</Button>
        </form>
      </FormActions>
    </Panel>
  );
}

function AtTheProvider({ connection, jwksUri, signInLink }: ConnectionPageProps) {
  return (
    <Panel title="For the provider" lead="What the application at the provider has to be given.">
      <Facts
        items={[
          ["Redirect URI", <CopyValue text={connection.redirectUri} label="the redirect URI" />],
          jwksUri === undefined ? undefined : ["Our public key (jwks_uri)", <CopyValue text={jwksUri} label="the jwks_uri" />],
          ["Sign-in link", <CopyValue text={signInLink} label="the sign-in link" />],
        ]}
      />
      <p class="hint">The sign-in link starts a login here: for the provider’s app portal, or for a page of yours.</p>
    </Panel>
  );
}

function Settings({ around, connection }: ConnectionPageProps) {
  const mapping = Object.entries(connection.claimsMapping);
  return (
    <Panel title="Settings">
      <Facts
        items={[
          ["Issuer URL", <code>{connection.issuerUrl}</code>],
          ["Client ID", <code>{connection.clientId}</code>],
          ["Authentication method", <code>{connection.tokenEndpointAuthMethod}</code>],
          ["Scopes", <code>{connection.scope.join(" ")}</code>],
          ["Claims are read from", connection.claimsSource === "id_token" ? "the ID token" : "ID token and userinfo endpoint"],
          ["Claims mapping", mapping.length === 0 ? "the provider’s usual one" : <Mapping entries={mapping} />],
          ["ID token algorithm", <code>{connection.idTokenSignedResponseAlg}</code>],
          [
            "Accounts at every login",
            connection.updateIdentityOnLogin === "automatic" ? "follow the provider’s claims" : "keep their traits",
          ],
          ["Created", <Moment at={connection.createdAt} now={around.now} />],
          ["Changed", <Moment at={connection.updatedAt} now={around.now} />],
          ["ID", <CopyValue text={connection.id} label="the ID" />],
        ]}
      />
    </Panel>
  );
}

function Mapping({ entries }: { entries: [trait: string, claim: string][] }): Child {
  return (
    <span>
      {entries.map(([trait, claim], index) => (
        <>
          {index === 0 ? "" : ", "}
          {trait} from <code>{claim}</code>
        </>
      ))}
    </span>
  );
}

function Credentials(props: ConnectionPageProps) {
  const { around, connection } = props;
  const { pinnedTokenEndpoint, tokenEndpointAuthMethod } = connection;
  const keyed = tokenEndpointAuthMethod === "private_key_jwt";
  const rotating = connection.previousClientSecret !== null;
  return (
    <Panel
      title="Secret"
      {...(rotating ? { id: "secret" } : {})}
      actions={
        around.may.write && !keyed ? (
          <ButtonLink href={connectionPath(around, connection, "/rotate-secret")}>
            {rotating ? "Rotation" : "Rotate the secret"}
          </ButtonLink>
        ) : null
      }
    >
      <Facts
        items={[
          ["Client secret", keyed ? "none: Orgate signs with its own key" : <SecretState connection={connection} />],
          [
            "It goes to",
            pinnedTokenEndpoint === null ? "the token endpoint that the issuer names" : <code>{pinnedTokenEndpoint}</code>,
          ],
        ]}
      />
      {around.may.write && pinnedTokenEndpoint !== null ? <ForgetPin {...props} /> : null}
    </Panel>
  );
}

function SecretState({ connection }: { connection: LabelledConnection }): Child {
  if (connection.previousClientSecret !== null) return <Badge tone="quiet">Rotation under way</Badge>;
  return connection.clientSecret === null ? <Badge tone="bad">Missing</Badge> : "stored";
}

/** After a provider has moved: the pinned host is forgotten, and the next login pins the new one (T35). */
function ForgetPin({ around, connection }: ConnectionPageProps) {
  return (
    <details class="disclosure">
      <summary>The provider has moved its token endpoint</summary>
      <form method="post" action={connectionPath(around, connection)} class="form">
        <FormSecrets csrf={around.csrf} revision={connection.revision} />
        <p>
          Credentials go to no other host than this one, so that nobody who gets hold of the provider’s metadata gets them. If the
          provider has told you of a move, let the next login choose the new host.
        </p>
        <FormActions>
          <Button name="action" value="forget_pin">
            Confirm the move
          </Button>
        </FormActions>
      </form>
    </details>
  );
}

function SwitchOff({ around, connection }: ConnectionPageProps) {
  const at = (below: string) => connectionPath(around, connection, below);
  return (
    <Panel title="Switch off" danger={true}>
      <FormActions>
        {connection.state === "enabled" ? (
          <ButtonLink href={at("/disable")}>Disable</ButtonLink>
        ) : (
          <form method="post" action={at("")}>
            <FormSecrets csrf={around.csrf} revision={connection.revision} />
            <Button name="action" value="enable">
              Enable
            </Button>
          </form>
        )}
        <ButtonLink href={at("/delete")} kind="danger">
          Delete
        </ButtonLink>
      </FormActions>
    </Panel>
  );
}

function other(state: LabelledConnection["state"]): LabelledConnection["state"] {
  return state === "enabled" ? "disabled" : "enabled";
}
