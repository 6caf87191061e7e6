// Type an address, see how it signs in, and why: every step that the sign-in page takes, in words.

import type { Child } from "hono/jsx";
import type { EmailAddress } from "../../../../domain/domains/email-address.ts";
import type { RoutingDecision } from "../../../../domain/login/routing.ts";
import type { PageContext } from "../../context.ts";
import { Badge, Button, CopyValue, PageHead, Panel, type Tone } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { type FormState, TextField } from "../../parts/fields.tsx";

export interface RoutingPageProps {
  context: PageContext;
  path: string;
  state: FormState;
  routed: { address: EmailAddress; routing: RoutingDecision } | undefined;
  project: { registration: boolean };
  /** Where the project's public pages stand. */
  doors: string;
  apiPath: string;
}

export function RoutingPage(props: RoutingPageProps) {
  const { context, path, state, routed, apiPath } = props;
  return (
    <>
      <PageHead title="Routing" lead="Type an address to see how it signs in, and why. Nothing is sent, and nobody is told." />
      <Panel>
        <form method="get" action={path} class="filters">
          <TextField
            name="email"
            type="email"
            label="E-mail address"
            placeholder="ada@acme.example"
            state={state}
            required={true}
            autofocus={routed === undefined}
          />
          <Button kind="primary">Explain</Button>
        </form>
      </Panel>
      {routed ? <Explanation {...props} {...routed} /> : null}
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "GET", path: apiPath }]} />
    </>
  );
}

type ExplanationProps = RoutingPageProps & { address: EmailAddress; routing: RoutingDecision };

function Explanation(props: ExplanationProps) {
  const { address, routing, doors } = props;
  const { tone, word, sentence } = outcomeOf(props);
  return (
    <Panel title={address.typed} lead={sentence} actions={<Badge tone={tone}>{word}</Badge>}>
      <ol class="path">
        <Step title="The domain">
          Only what stands after the @ decides: <code>{address.domain}</code>
        </Step>
        <DomainStep {...props} />
        {routing.decision === "local" ? (
          <LocalSteps {...props} routing={routing} />
        ) : (
          <OrganizationSteps {...props} routing={routing} />
        )}
      </ol>
      {routing.decision === "blocked" ? null : <SignInLink address={address} routing={routing} doors={doors} />}
    </Panel>
  );
}

function outcomeOf({ routing }: ExplanationProps): { tone: Tone; word: string; sentence: string } {
  if (routing.decision === "sso") {
    const where =
      routing.connections.length === 1 ? `through “${routing.connections[0]?.label}”` : "through the connection they choose";
    return { tone: "good", word: "Single sign-on", sentence: `Signs in ${where}, and in no other way.` };
  }
  if (routing.decision === "blocked") {
    return {
      tone: "bad",
      word: "Nobody gets in",
      sentence: "The address belongs to an organization that cannot be signed in to right now.",
    };
  }
  const ways = [
    ...(routing.password ? ["with a password"] : []),
    ...(routing.connections.length > 0 ? ["with social sign-in"] : []),
  ];
  return ways.length === 0
    ? { tone: "bad", word: "No way in", sentence: "The project offers nothing to addresses outside its organizations." }
    : { tone: "quiet", word: "No organization", sentence: `Signs in ${ways.join(" or ")}.` };
}

function DomainStep({ context, routing, address }: ExplanationProps) {
  if (routing.decision !== "local") {
    return (
      <Step title="Whose it is" good={true}>
        It belongs to the organization{" "}
        <a href={`${context.path}/organizations/${routing.organizationId}`}>{routing.organizationLabel}</a>, so only that
        organization's connections may open for it.
      </Step>
    );
  }
  const pending = routing.reasons.includes("domain_claim_pending");
  return (
    <Step title="Whose it is">
      {pending
        ? "An organization has claimed it, but has not proven it yet. Until then it counts for nobody."
        : "No organization of this project has it. A subdomain counts only when it was added itself."}{" "}
      {pending ? null : (
        <a href={`${context.path}/organizations?search=${encodeURIComponent(address.domain)}`}>Search the organizations</a>
      )}
    </Step>
  );
}

function OrganizationSteps({
  context,
  routing,
}: ExplanationProps & { routing: Exclude<RoutingDecision, { decision: "local" }> }) {
  const organization = `${context.path}/organizations/${routing.organizationId}`;
  if (routing.reasons.includes("organization_disabled")) {
    return (
      <Step title="The organization" bad={true}>
        It is disabled. <a href={`${organization}/edit`}>Enable it</a> to let its people in again.
      </Step>
    );
  }
  return (
    <>
      <Step title="The organization" good={true}>
        It is enabled.
      </Step>
      {routing.decision === "sso" ? (
        <Step title="Its connections" good={true}>
          {routing.connections.length === 1
            ? "One is enabled: "
            : `${routing.connections.length} are enabled, and the person chooses: `}
          <ConnectionLinks path={context.path} connections={routing.connections} />
        </Step>
      ) : (
        <NoConnection organization={organization} path={context.path} routing={routing} />
      )}
    </>
  );
}

function NoConnection({
  organization,
  path,
  routing,
}: {
  organization: string;
  path: string;
  routing: RoutingDecision & { organizationId: string };
}) {
  return (
    <Step title="Its connections" bad={true}>
      {routing.reasons.includes("no_connection") ? (
        <>
          It has none yet. <a href={`${path}/connections/new?organization_id=${routing.organizationId}`}>Add a connection</a>
        </>
      ) : (
        <>
          None of them is enabled. <a href={`${organization}/connections`}>Look at its connections</a>
        </>
      )}
    </Step>
  );
}

function LocalSteps({
  context,
  routing,
  project,
}: ExplanationProps & { routing: Extract<RoutingDecision, { decision: "local" }> }) {
  const settings = <a href={`${context.path}/settings`}>Settings</a>;
  return (
    <>
      <Step title="Password" good={routing.password}>
        {routing.password ? "The project offers passwords" : "The project offers no passwords"}
        {routing.password
          ? project.registration
            ? ", and people may register. "
            : "; people cannot register by themselves. "
          : ". "}
        {settings}
      </Step>
      <Step title="Social sign-in" good={routing.connections.length > 0}>
        {routing.connections.length === 0 ? (
          <>
            The project has no connection for everybody. <a href={`${context.path}/connections`}>Connections</a>
          </>
        ) : (
          <>
            Offered to everybody: <ConnectionLinks path={context.path} connections={routing.connections} />
          </>
        )}
      </Step>
    </>
  );
}

function ConnectionLinks({ path, connections }: { path: string; connections: readonly { id: string; label: string }[] }) {
  return (
    <>
      {connections.map(({ id, label }, index) => (
        <>
          {index === 0 ? "" : ", "}
          <a href={`${path}/connections/${id}`}>{label}</a>
        </>
      ))}
    </>
  );
}

/** One step of the decision. What it came to is said in the text; the mark only helps. */
function Step({ title, good, bad, children }: { title: string; good?: boolean; bad?: boolean; children: Child }) {
  return (
    <li class={bad ? "path-bad" : good ? "path-good" : ""}>
      <strong>{title}</strong>
      <span>{children}</span>
    </li>
  );
}

function SignInLink({ address, routing, doors }: { address: EmailAddress; routing: RoutingDecision; doors: string }) {
  const email = encodeURIComponent(address.typed);
  const link = routing.decision === "sso" ? `${doors}/sso/start?email=${email}` : `${doors}/login?login_hint=${email}`;
  return (
    <div class="link-row">
      <span class="hint">A link that signs this address in:</span>
      <CopyValue text={link} label="the sign-in link" />
    </div>
  );
}
