// All connections of a project: for whom each one is, and how it is doing.

import type { Child } from "hono/jsx";
import { refusalExplanation } from "../../../refusal-explanations.ts";
import { isRefusalReason } from "../../../refusal-sentences.ts";
import { Badge, Button, ButtonLink, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { type FormState, TextField } from "../../parts/fields.tsx";
import { type Around, connectionPath, type LabelledConnection } from "./around.ts";
import { type OrganizationSuggestion, OrganizationSuggestions, SUGGESTIONS } from "./suggestions.tsx";

export interface ConnectionListProps {
  around: Around;
  projectId: string;
  connections: readonly LabelledConnection[];
  /** The organization that the list is narrowed to. */
  organization: { id: string; label: string } | undefined;
  filter: FormState;
  suggestions: readonly OrganizationSuggestion[];
  providerNames: Readonly<Record<string, string>>;
  nextHref: string | undefined;
  firstHref: string | undefined;
}

export function ConnectionListPage(props: ConnectionListProps) {
  const { around, projectId, connections, organization, filter, suggestions } = props;
  const query = organization === undefined ? "" : `?organization_id=${organization.id}`;
  const newHref = `${around.path}/connections/new${query}`;
  const filtered = filter.values["organization"] !== undefined && filter.values["organization"] !== "";
  return (
    <>
      <PageHead
        title="Social Sign-In & SSO (OIDC)"
        lead="Each connection is an OpenID Connect provider that people may sign in with: an organization’s own, or one for everybody."
        actions={
          around.may.write ? (
            <ButtonLink href={newHref} kind="primary">
              Add a connection
            </ButtonLink>
          ) : null
        }
      />
      <form method="get" class="filters">
        <TextField
          name="organization"
          label="Organization"
          state={filter}
          type="search"
          placeholder="Label, domain or ID"
          list={SUGGESTIONS}
        />
        <OrganizationSuggestions suggestions={suggestions} />
        <Button>Filter</Button>
        {filtered ? <ButtonLink href={`${around.path}/connections`}>Show all</ButtonLink> : null}
      </form>
      {connections.length === 0 ? <NoConnections {...props} newHref={newHref} filtered={filtered} /> : <Connections {...props} />}
      <Pager nextHref={props.nextHref} firstHref={props.firstHref} />
      <ApiCalls baseUrl={around.baseUrl} calls={[{ method: "GET", path: `/projects/${projectId}/connections${query}` }]} />
    </>
  );
}

function NoConnections({
  around,
  organization,
  newHref,
  filtered,
}: ConnectionListProps & { newHref: string; filtered: boolean }) {
  const action = around.may.write ? (
    <ButtonLink href={newHref} kind="primary">
      Add a connection
    </ButtonLink>
  ) : null;
  if (filtered) {
    return (
      <Empty title="No connections here" {...(organization ? { action } : {})}>
        {organization
          ? `“${organization.label}” has no connection yet, so nobody under its domains can sign in.`
          : "Type the label, a domain or the ID of an organization exactly."}
      </Empty>
    );
  }
  return (
    <Empty title="No connections yet" action={action}>
      Add the OpenID Connect provider of a customer and choose the organization that it is for. From then on people with an
      address under the organization’s domains sign in there, and nowhere else.
    </Empty>
  );
}

function Connections({ around, connections, providerNames }: ConnectionListProps) {
  return (
    <Panel>
      <Table
        caption="Connections"
        head={["Connection", "For", "Provider", "State", "Last worked", "Last failed"]}
        rows={connections.map((connection) => [
          <a href={connectionPath(around, connection)}>{connection.label}</a>,
          connection.organizationId === null ? (
            "Everybody"
          ) : (
            <a href={`${around.path}/organizations/${connection.organizationId}`}>{connection.organizationLabel}</a>
          ),
          providerNames[connection.provider] ?? connection.provider,
          <StateBadge connection={connection} />,
          connection.lastSucceededAt === null ? <Never /> : <Moment at={connection.lastSucceededAt} now={around.now} />,
          <LastFailure connection={connection} now={around.now} />,
        ])}
      />
    </Panel>
  );
}

function LastFailure({ connection, now }: { connection: LabelledConnection; now: number }) {
  const { lastFailedAt, lastFailureReason } = connection;
  if (lastFailedAt === null || lastFailureReason === null) return <Never />;
  return (
    <>
      <Moment at={lastFailedAt} now={now} />
      <div class="hint">{failureSentence(lastFailureReason)}</div>
    </>
  );
}

function Never() {
  return <span class="hint">never</span>;
}

/** One word for how the connection is: switched off, failing, or fine. */
export function StateBadge({
  connection,
}: {
  connection: Pick<LabelledConnection, "state" | "lastFailedAt" | "lastSucceededAt">;
}): Child {
  if (connection.state === "disabled") return <Badge tone="quiet">Disabled</Badge>;
  const failing = connection.lastFailedAt !== null && connection.lastFailedAt > (connection.lastSucceededAt ?? 0);
  return failing ? <Badge tone="bad">Last login failed</Badge> : <Badge tone="good">Enabled</Badge>;
}

/** What was found, for a stored reason. */
export function failureSentence(reason: string): string {
  return isRefusalReason(reason) ? refusalExplanation(reason).happened : reason;
}
