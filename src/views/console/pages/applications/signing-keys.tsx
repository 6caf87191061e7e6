// The keys that the project signs tokens with: what there is, the next ones, and the end of those that may have leaked.

import type { JudgedSigningKey, SigningKeyState } from "../../../../domain/signing-keys/signing-key.ts";
import type { PageContext } from "../../context.ts";
import { Badge, ButtonLink, CopyValue, Moment, Panel, Table, type Tone } from "../../parts/blocks.tsx";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";

const STATES: Readonly<Record<SigningKeyState, { word: string; tone: Tone }>> = {
  active: { word: "Signs", tone: "good" },
  next: { word: "Signs soon", tone: "quiet" },
  retired: { word: "Still published", tone: "quiet" },
  expired: { word: "Gone", tone: "quiet" },
};

interface PanelProps {
  context: PageContext;
  issuer: string;
  keys: readonly JudgedSigningKey[];
}

export function SigningKeysPanel({ context, issuer, keys }: PanelProps) {
  const mayRotate = context.may.manageKeys && keys.length > 0;
  return (
    <Panel
      title="Signing keys"
      id="keys"
      lead="ID tokens, logout tokens and sessions as JWTs are signed with them. Verifiers find their public halves by themselves."
      actions={mayRotate ? <ButtonLink href={`${context.path}/signing-keys/rotate`}>Rotate</ButtonLink> : null}
    >
      {keys.length === 0 ? (
        <p>There are none yet. The first is made with the first application or session token template.</p>
      ) : (
        <Table
          caption="Signing keys"
          head={["Key ID (kid)", "Algorithm", "State", "Created", "Signs from", "Published until"]}
          rows={keys.map(({ key, state, publishedUntil }) => [
            <code>{key.id}</code>,
            key.alg,
            <Badge tone={STATES[state].tone}>{STATES[state].word}</Badge>,
            <Moment at={key.createdAt} now={context.now} />,
            <Moment at={key.activatesAt} now={context.now} />,
            publishedUntil === null ? "Until it is replaced" : <Moment at={publishedUntil} now={context.now} />,
          ])}
        />
      )}
      <p>
        <CopyValue text={`${issuer}/.well-known/jwks.json`} label="the address of the public keys" />
      </p>
    </Panel>
  );
}

export interface KeysProps {
  context: PageContext;
  project: { id: string; name: string };
  keys: readonly JudgedSigningKey[];
  revision: number;
  state: FormState;
  cancelHref: string;
}

export function RotateKeys({ context, project, keys, revision, state, cancelHref }: KeysProps) {
  return (
    <ConfirmForm
      title="Rotate the signing keys?"
      consequences={[
        `A new key is published at once for ${algorithms(keys)}, and signs in ten minutes, when every verifier has it.`,
        "The key before stays published until the last token it has signed has expired. Nobody is signed out, and no app has to do anything.",
      ]}
      name={undefined}
      csrf={context.csrf}
      revision={revision}
      state={state}
      action="Rotate"
      cancelHref={cancelHref}
    >
      <Panel title="Has a key leaked?" lead="Then those there are must be gone at once, and nothing they have signed may count.">
        <ButtonLink href={`${context.path}/signing-keys/revoke`}>Replace the keys now</ButtonLink>
      </Panel>
      <Calls context={context} project={project} body={{}} />
    </ConfirmForm>
  );
}

export function RevokeKeys({ context, project, keys, revision, state, cancelHref }: KeysProps) {
  return (
    <ConfirmForm
      title="Replace the signing keys now?"
      consequences={[
        `New keys for ${algorithms(keys)} sign at once, and all earlier ones are gone: for a key that may have leaked.`,
        "Every token that they have signed is refused: here within a minute, elsewhere within the five minutes that verifiers may keep the key set. Logouts of apps that send such an ID token ask the person first.",
        "Sessions of people, access tokens and refresh tokens stay: they are not signed.",
        "This cannot be undone.",
      ]}
      name={project.name}
      csrf={context.csrf}
      revision={revision}
      state={state}
      action="Replace the keys"
      cancelHref={cancelHref}
    >
      <Calls context={context} project={project} body={{ revoke_previous: true }} />
    </ConfirmForm>
  );
}

function Calls({ context, project, body }: Pick<KeysProps, "context" | "project"> & { body: Record<string, unknown> }) {
  const path = `/projects/${project.id}/signing-keys/rotate`;
  return <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "POST", path, body }]} />;
}

function algorithms(keys: readonly JudgedSigningKey[]): string {
  const algs = [...new Set(keys.map(({ key }) => key.alg))];
  return algs.length === 0 ? "ES256" : algs.join(" and ");
}
