// The page of one organization: its name, its state, and links to its parts.

import type { Child } from "hono/jsx";
import type { Organization } from "../../../../domain/organizations/organization.ts";
import { Badge, ButtonLink, PageHead } from "../../parts/blocks.tsx";

export type OrganizationTab = "overview" | "connections" | "members" | "sessions" | "events";

const TABS: readonly (readonly [tab: OrganizationTab, label: string])[] = [
  ["overview", "Overview"],
  ["connections", "Connections"],
  ["members", "Members"],
  ["sessions", "Sessions"],
  ["events", "Events"],
];

interface FrameProps {
  organization: Organization;
  path: string;
  tab: OrganizationTab;
  mayWrite: boolean;
  children: Child;
}

export function OrganizationFrame({ organization, path, tab, mayWrite, children }: FrameProps) {
  return (
    <>
      <PageHead
        title={organization.label}
        badge={<OrganizationState organization={organization} />}
        lead={organization.domains.length === 0 ? "No e-mail domain yet" : organization.domains.join(", ")}
        actions={mayWrite ? <ButtonLink href={`${path}/edit`}>Edit</ButtonLink> : undefined}
      />
      <nav class="tabs" aria-label={`Parts of ${organization.label}`}>
        {TABS.map(([name, label]) => (
          <a href={name === "overview" ? path : `${path}/${name}`} {...(name === tab ? { "aria-current": "page" } : {})}>
            {label}
          </a>
        ))}
      </nav>
      {children}
    </>
  );
}

export function OrganizationState({ organization }: { organization: Pick<Organization, "state"> }) {
  return organization.state === "enabled" ? <Badge tone="good">Enabled</Badge> : <Badge tone="bad">Disabled</Badge>;
}
