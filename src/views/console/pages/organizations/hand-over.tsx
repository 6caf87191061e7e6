// What the customer's IT needs to register us at their identity provider: each value to copy, and all of it as one text.

import { ButtonLink, CopyValue, Facts, Panel } from "../../parts/blocks.tsx";

export interface HandOver {
  /** What the customer's people sign in to: the project's name. */
  product: string;
  organization: string;
  domains: readonly string[];
  signInLink: string;
  initiateLoginUri: string;
  connections: readonly { label: string; redirectUri: string; scope: string; jwksUri: string | undefined }[];
}

const SCOPE = "openid email profile";
const APPLICATION = "Web application (confidential client), OpenID Connect";
const FLOW = "Authorization code, with PKCE (S256)";

export function HandOverPanel({ handOver, newConnectionHref }: { handOver: HandOver; newConnectionHref: string | undefined }) {
  const { connections } = handOver;
  const several = connections.length > 1;
  const text = handOverText(handOver);
  return (
    <Panel
      id="hand-over"
      title="For the customer's IT"
      lead="What they enter when they register an application at their identity provider."
      actions={
        <button type="button" class="button script-only" data-copy={text}>
          Copy everything
        </button>
      }
    >
      <Facts
        items={[
          ["Application type", APPLICATION],
          ["Grant", FLOW],
          ...connections.flatMap(({ label, redirectUri, jwksUri }) => {
            const of = several ? ` of “${label}”` : "";
            return [
              [`Redirect URI${of}`, <CopyValue text={redirectUri} label={`the redirect URI${of}`} />] as const,
              jwksUri === undefined
                ? undefined
                : ([`Our keys (jwks_uri)${of}`, <CopyValue text={jwksUri} label={`the address of our keys${of}`} />] as const),
            ];
          }),
          connections.length > 0 ? undefined : ["Redirect URI", "Known as soon as you begin to add a connection"],
          ["Scopes", <CopyValue text={scopeOf(handOver)} label="the scopes" />],
          ["Claims", "sub, email; name if they have it"],
          ["Sign-in link", <CopyValue text={handOver.signInLink} label="the sign-in link" />],
          ["Initiate login URI", <CopyValue text={handOver.initiateLoginUri} label="the initiate login URI" />],
        ]}
      />
      {connections.length === 0 && newConnectionHref !== undefined ? (
        <p class="hint">
          The form of a new connection shows its redirect URI before anything is saved, so you can send it to the customer first.
        </p>
      ) : null}
      <details class="disclosure">
        <summary>All of it as one text</summary>
        <pre class="hand-over" tabindex={0}>
          {text}
        </pre>
      </details>
      {connections.length === 0 && newConnectionHref !== undefined ? (
        <div class="page-actions">
          <ButtonLink href={newConnectionHref} kind="primary">
            Add a connection
          </ButtonLink>
        </div>
      ) : null}
    </Panel>
  );
}

/** The text to send to the customer. */
export function handOverText(handOver: HandOver): string {
  const { product, organization, domains, connections, signInLink, initiateLoginUri } = handOver;
  const withKeys = connections.length > 0 && connections.every((connection) => connection.jwksUri !== undefined);
  return [
    `Single sign-on to ${product} for ${organization}`,
    "",
    "Please register an application at your identity provider:",
    `- Application type: ${APPLICATION}`,
    `- Grant: ${FLOW}`,
    ...(connections.length === 0 ? ["- Redirect URI: we will send it to you"] : []),
    ...connections.flatMap(({ label, redirectUri, jwksUri }) => [
      `- Redirect URI${connections.length > 1 ? ` (${label})` : ""}: ${redirectUri}`,
      ...(jwksUri === undefined ? [] : [`- Client authentication: private_key_jwt, our keys are at ${jwksUri}`]),
    ]),
    `- Scopes: ${scopeOf(handOver)}`,
    "- Claims in the ID token: sub (never reassigned to another person), email; name if you have it",
    `- Initiate login URI, for a tile in your portal: ${initiateLoginUri}`,
    "",
    `The email claim must be an address under ${domains.length === 0 ? "one of your domains" : domains.join(", ")}.`,
    `Your people can also begin here: ${signInLink}`,
    "",
    "Please send back:",
    "- the issuer URL",
    "- the client ID",
    ...(withKeys ? [] : ["- the client secret, by a safe way"]),
  ].join("\n");
}

function scopeOf({ connections }: HandOver): string {
  return connections[0]?.scope ?? SCOPE;
}
