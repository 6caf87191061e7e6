// All organizations of a project, by label, with a search for the beginning of a label or a domain.

import type { OrganizationListing } from "../../../../domain/organizations/search.ts";
import type { PageContext } from "../../context.ts";
import { Badge, Button, ButtonLink, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { Select, TextField } from "../../parts/fields.tsx";
import { OrganizationState } from "./frame.tsx";

export interface OrganizationListProps {
  context: PageContext;
  path: string;
  items: readonly OrganizationListing[];
  filters: { search: string; state: "enabled" | "disabled" | undefined };
  /** More domains begin with the text than were looked at. */
  cut: boolean;
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  apiPath: string;
}

export function OrganizationList({ context, path, items, filters, cut, pager, apiPath }: OrganizationListProps) {
  const filtered = filters.search !== "" || filters.state !== undefined;
  const paged = pager.firstHref !== undefined;
  const create = context.may.write ? (
    <ButtonLink href={`${path}/new`} kind="primary">
      New organization
    </ButtonLink>
  ) : undefined;
  return (
    <>
      <PageHead
        title="Organizations"
        lead="One for each business customer: its e-mail domains, and the identity provider that signs its people in."
        actions={create}
      />
      {items.length === 0 && !filtered && !paged ? (
        <Empty title="No organization yet" action={create}>
          Create one for your first customer and give it the customer's e-mail domains. From then on, whoever types an address
          under one of them is sent to that customer's identity provider, and to nothing else.
        </Empty>
      ) : (
        <Panel>
          <Filters filters={filters} path={path} filtered={filtered} />
          {cut ? (
            <p class="hint">Many domains begin with “{filters.search}”. Type another letter to search all of them.</p>
          ) : null}
          {items.length === 0 ? (
            <p>{paged ? "There are no more organizations." : "No organization has a name or a domain that begins like this."}</p>
          ) : (
            <Table
              caption="Organizations"
              head={["Organization", "Domains", "Connections", "State", "Created"]}
              rows={items.map(({ organization, connections }) => [
                <a href={`${path}/${organization.id}`}>{organization.label}</a>,
                <Domains domains={organization.domains} />,
                connections === 0 ? <Badge tone="bad">None yet</Badge> : String(connections),
                <OrganizationState organization={organization} />,
                <Moment at={organization.createdAt} now={context.now} />,
              ])}
            />
          )}
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: apiPath },
          ...(context.may.write
            ? [
                {
                  method: "POST" as const,
                  path: apiPath.replace(/\?.*/, ""),
                  body: { label: "Acme", domains: ["acme.example"] },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

function Filters({ filters, path, filtered }: Pick<OrganizationListProps, "filters" | "path"> & { filtered: boolean }) {
  const state = { values: { search: filters.search, state: filters.state ?? "" }, problems: undefined };
  return (
    <form method="get" action={path} class="filters">
      <TextField name="search" type="search" label="Name, domain or e-mail address begins with" state={state} maxlength={320} />
      <Select
        name="state"
        label="State"
        state={state}
        options={[
          { value: "", label: "Any" },
          { value: "enabled", label: "Enabled" },
          { value: "disabled", label: "Disabled" },
        ]}
      />
      <Button>Search</Button>
      {filtered ? <ButtonLink href={path}>Clear</ButtonLink> : null}
    </form>
  );
}

/** Domains that a row names before it counts the rest. */
const NAMED = 3;

function Domains({ domains }: { domains: readonly string[] }) {
  if (domains.length === 0) return <Badge tone="bad">None yet</Badge>;
  const rest = domains.length - NAMED;
  return (
    <>
      {domains.slice(0, NAMED).join(", ")}
      {rest > 0 ? <span class="hint"> and {rest} more</span> : null}
    </>
  );
}
