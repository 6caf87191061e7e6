// The end of a trial: whether the login would have come through and why, and all that the provider sent. For the operator
// who tried the connection; it is on the project's own host, where the console's frame is not.

import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { referenceOf } from "../../domain/events/reference.ts";
import type { TrialReport } from "../../domain/login/trial.ts";
import { assetUrl } from "../assets.ts";
import { Badge, ButtonLink, Facts, PageHead, Panel, Table } from "../console/parts/blocks.tsx";
import type { Page } from "../layout.tsx";
import { refusalExplanation } from "../refusal-explanations.ts";

/** Characters of a claim that are shown. */
const MAX_VALUE = 2000;

export function trialPage(report: TrialReport): Page {
  return html`<!doctype html>${<Document report={report} />}`;
}

function Document({ report }: { report: TrialReport }) {
  const { connection, evidence, verdict, mapping } = report;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{`Trial of ${connection.label} · Orgate`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetUrl("design.css")} />
        <link rel="stylesheet" href={assetUrl("console.css")} />
        <script src={assetUrl("console.js")}></script>
      </head>
      <body>
        <div class="shell shell-plain">
          <main class="page">
            <PageHead
              title={verdict.admitted ? "This login would come through" : "This login would be refused"}
              lead={`A trial of “${connection.label}”. No session and no account was made. What the provider sent is on this page alone: it is stored nowhere and gone when you close the tab.`}
              badge={verdict.admitted ? <Badge tone="good">Admitted</Badge> : <Badge tone="bad">Refused</Badge>}
              actions={<ButtonLink href={report.consoleUrl}>Back to the connection</ButtonLink>}
            />
            <Verdict report={report} />
            {mapping.length > 0 ? <Mapping report={report} /> : null}
            <WhatCameBack report={report} />
            {evidence.idTokenClaims ? (
              <Claims
                title={evidence.verified ? "Claims of the ID token" : "Claims of the ID token, not verified"}
                lead={
                  evidence.verified
                    ? "Signature and claims were checked."
                    : "The token was refused, so these are only what somebody says. They help to find the difference."
                }
                claims={evidence.idTokenClaims}
              />
            ) : null}
            {evidence.userinfoClaims ? (
              <Claims
                title="Claims of the userinfo endpoint"
                lead="Fetched with the access token of this login."
                claims={evidence.userinfoClaims}
              />
            ) : null}
            <p class="hint">
              Reference <code>{referenceOf(report.reference)}</code>, in the project’s events.
            </p>
          </main>
        </div>
      </body>
    </html>
  );
}

const ACTIONS = {
  use: "The person signs in to the account that this subject of the provider belongs to.",
  add_credential:
    "The person signs in to the organization’s account with this address. This subject of the provider is added to it.",
  move_in:
    "The existing account with this address moves into the organization: its password and its sessions end, and the person is told.",
  create: "A new account is made, and the person is signed in to it.",
} as const;

const BLOCKERS = {
  connection_disabled: "The connection is disabled, so real logins are refused until you enable it.",
  organization_disabled: "The organization is disabled, so real logins are refused until you enable it.",
} as const;

function Verdict({ report: { verdict, blockers } }: { report: TrialReport }) {
  return (
    <Panel title={verdict.admitted ? "What a real login would do" : "Why"}>
      {verdict.admitted ? <p>{ACTIONS[verdict.action]}</p> : <Refusal verdict={verdict} />}
      {blockers.map((blocker) => (
        <p class="alert alert-info">{BLOCKERS[blocker]}</p>
      ))}
    </Panel>
  );
}

function Refusal({ verdict: { reason, detail } }: { verdict: Extract<TrialReport["verdict"], { admitted: false }> }) {
  const { happened, fix } = refusalExplanation(reason);
  return (
    <>
      <p>{happened}</p>
      <p>
        <strong>What to do.</strong> {fix}
      </p>
      <p class="hint">
        <code>{reason}</code>
        {detail ? ` · ${detail}` : null}
      </p>
    </>
  );
}

function Mapping({ report: { mapping, emailVerified } }: { report: TrialReport }) {
  return (
    <Panel title="What becomes of the claims" lead="The traits that an account gets, and the claims that they are read from.">
      <Table
        caption="Traits by their claims"
        head={["Trait", "Claim", "Value"]}
        rows={mapping.map(({ trait, claim, value }) => [
          trait,
          <code>{claim}</code>,
          value === null ? <span class="hint">not among the claims</span> : value,
        ])}
      />
      <p class="hint">{verifiedSentence(emailVerified)}</p>
    </Panel>
  );
}

function verifiedSentence(verified: boolean | undefined): string {
  if (verified === undefined) return "The provider does not say whether the address is verified.";
  return verified ? "The provider says that the address is verified." : "The provider says that the address is not verified.";
}

function WhatCameBack({ report: { connection, evidence } }: { report: TrialReport }) {
  const { header, credential, tokenEndpoint, verified } = evidence;
  const fact = (term: string, value: Child | undefined) => (value === undefined ? undefined : ([term, value] as const));
  const secrets = { current: "the new one", previous: "the old one; the provider refused the new one" };
  return (
    <Panel title="What came back">
      <Facts
        items={[
          ["Issuer", <code>{connection.issuerUrl}</code>],
          fact("Token endpoint", tokenEndpoint && <code>{tokenEndpoint}</code>),
          fact("Client secret", credential && connection.previousClientSecret !== null ? secrets[credential] : undefined),
          ["Expected algorithm", <code>{connection.idTokenSignedResponseAlg}</code>],
          fact("Algorithm of the ID token", header && <code>{header.alg ?? "none"}</code>),
          fact("Key of the ID token", header && (header.kid === undefined ? "not named" : <code>{header.kid}</code>)),
          fact("ID token", verified === undefined ? undefined : verified ? "verified" : "refused"),
          ["Claims are read from", connection.claimsSource === "id_token" ? "the ID token" : "ID token and userinfo endpoint"],
        ]}
      />
    </Panel>
  );
}

function Claims({ title, lead, claims }: { title: string; lead: string; claims: Record<string, unknown> }) {
  const rows = Object.entries(claims).map(([name, value]) => [name, <ClaimValue name={name} value={value} />]);
  return (
    <Panel title={title} lead={lead}>
      <Table caption={title} head={["Claim", "Value"]} rows={rows} />
    </Panel>
  );
}

/** Claims that are seconds since the epoch. */
const TIMES = ["exp", "iat", "nbf", "auth_time", "updated_at", "session_expiry"];
/** Seconds: the last moment that a Date can hold. */
const LAST_SECOND = 8.64e12;

function ClaimValue({ name, value }: { name: string; value: unknown }) {
  const isTime = TIMES.includes(name) && typeof value === "number" && Math.abs(value) < LAST_SECOND;
  return (
    <>
      <code>{textOf(value)}</code>
      {isTime ? <span class="hint"> {new Date(value * 1000).toISOString().replace(".000Z", "Z")}</span> : null}
    </>
  );
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
