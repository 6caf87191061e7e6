// One organization: its settings, how its people sign in, and what to hand over to the customer.

import type { RoutingDecision } from "../../../../domain/login/routing.ts";
import { COUNTED, type Organization, type OrganizationCounts } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { CopyValue, Facts, Moment, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { type HandOver, HandOverPanel } from "./hand-over.tsx";
import { SignInSentence } from "./sign-in-sentence.tsx";

export interface OrganizationOverviewProps {
  context: PageContext;
  path: string;
  organization: Organization;
  projectLifespan: string;
  counts: OrganizationCounts;
  routing: RoutingDecision | undefined;
  handOver: HandOver;
  apiPath: string;
}

export function OrganizationOverview(props: OrganizationOverviewProps) {
  const { context, path, organization, projectLifespan, counts, routing, handOver, apiPath } = props;
  const newConnectionHref = newConnection(context, organization);
  return (
    <>
      <Panel title="How people sign in">
        <SignInSentence
          routing={routing}
          domains={organization.domains}
          connectionsHref={`${path}/connections`}
          newConnectionHref={newConnectionHref}
          editHref={`${path}/edit`}
        />
      </Panel>
      <Panel title="Settings">
        <Facts
          items={[
            ["E-mail domains", organization.domains.length === 0 ? "None yet" : <DomainList domains={organization.domains} />],
            ["Session lifespan", organization.sessionLifespan ?? `${projectLifespan}, the project's`],
            ["Connections", <a href={`${path}/connections`}>{counted(counts.connections)}</a>],
            ["Members", <a href={`${path}/members`}>{counted(counts.members)}</a>],
            ["Organization ID", <CopyValue text={organization.id} label="the organization's id" />],
            ["Created", <Moment at={organization.createdAt} now={context.now} />],
            ["Last changed", <Moment at={organization.updatedAt} now={context.now} />],
          ]}
        />
      </Panel>
      <HandOverPanel handOver={handOver} newConnectionHref={context.may.write ? newConnectionHref : undefined} />
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "GET", path: apiPath }]} />
    </>
  );
}

/** Where a connection for this organization is added. */
export function newConnection(context: PageContext, organization: { id: string }): string {
  return `${context.path}/connections/new?organization_id=${organization.id}`;
}

/** A number that was counted to `COUNTED` at most. */
export function counted(count: number): string {
  return count >= COUNTED ? `${COUNTED} or more` : String(count);
}

function DomainList({ domains }: { domains: readonly string[] }) {
  return (
    <ul class="plain-list">
      {domains.map((domain) => (
        <li>{domain}</li>
      ))}
    </ul>
  );
}
