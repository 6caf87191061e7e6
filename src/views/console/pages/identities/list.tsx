// The people of a project: the newest first, or those whose address begins with what was typed, or one organization's.

import type { Identity } from "../../../../domain/identities/identity.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { type ApiCall, ApiCalls } from "../../parts/curl.tsx";
import { TextField } from "../../parts/fields.tsx";
import { IdentityState, nameOf } from "./identity.tsx";

export interface IdentityListProps {
  context: PageContext;
  path: string;
  items: readonly Identity[];
  /** Labels of their organizations by id. */
  organizations: ReadonlyMap<string, string>;
  search: string;
  /** The one whose people are listed. */
  organization: { id: string; label: string } | undefined;
  mayCreate: boolean;
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  /** The project's, where its admin API is. */
  origin: string;
  calls: readonly ApiCall[];
}

export function IdentityList(props: IdentityListProps) {
  const { context, path, items, organizations, search, organization, mayCreate, pager, origin, calls } = props;
  const filtered = search !== "" || organization !== undefined;
  const create = mayCreate ? (
    <ButtonLink href={`${path}/new`} kind="primary">
      New identity
    </ButtonLink>
  ) : undefined;
  return (
    <>
      <PageHead title="Identities" lead={lead(search, organization)} actions={create} />
      {items.length === 0 && !filtered && pager.firstHref === undefined ? (
        <Empty title="Nobody yet" action={create}>
          People appear here when they sign in or register for the first time. An application may also make them beforehand.
        </Empty>
      ) : (
        <Panel>
          <form method="get" action={path} class="filters">
            <TextField
              name="search"
              type="search"
              label="E-mail address begins with, or exact ID"
              state={{ values: { search }, problems: undefined }}
              code={true}
              maxlength={320}
            />
            <Button>Search</Button>
            {filtered ? <ButtonLink href={path}>Clear</ButtonLink> : null}
          </form>
          {items.length === 0 ? (
            <p>{pager.firstHref === undefined ? "Nobody is found by this." : "There are no more."}</p>
          ) : (
            <Table
              caption="Identities"
              head={["E-mail address", "Name", "Organization", "State", "Created"]}
              rows={items.map((identity) => [
                <a href={`${path}/${identity.id}`}>{identity.email ?? identity.id}</a>,
                nameOf(identity) ?? "",
                <OrganizationLink context={context} id={identity.organizationId} organizations={organizations} />,
                <IdentityState identity={identity} />,
                <Moment at={identity.createdAt} now={context.now} />,
              ])}
            />
          )}
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls baseUrl={origin} calls={calls} />
    </>
  );
}

function lead(search: string, organization: { label: string } | undefined): string {
  if (organization) return `Members of ${organization.label}.`;
  if (search !== "") return `Addresses that begin with “${search}”, in order.`;
  return "Everybody who can sign in to this project, the newest first.";
}

interface OrganizationLinkProps {
  context: PageContext;
  id: string | null;
  organizations: ReadonlyMap<string, string>;
}

function OrganizationLink({ context, id, organizations }: OrganizationLinkProps) {
  return id === null ? null : <a href={`${context.path}/organizations/${id}`}>{organizations.get(id) ?? id}</a>;
}
