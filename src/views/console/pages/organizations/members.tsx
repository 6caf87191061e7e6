// The people of one organization.

import type { Identity } from "../../../../domain/identities/identity.ts";
import type { Organization } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { Empty, Moment, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { IdentityState, nameOf } from "../identities/identity.tsx";

export interface OrganizationMembersProps {
  context: PageContext;
  organization: Organization;
  members: readonly Identity[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  /** The project's, where its admin API is. */
  origin: string;
}

export function OrganizationMembers({ context, organization, members, pager, origin }: OrganizationMembersProps) {
  return (
    <>
      {members.length === 0 ? (
        <Empty title={pager.firstHref === undefined ? "No members yet" : "No more members"}>
          People become members by signing in through one of the organization's connections for the first time. You can also make
          them beforehand, under Identities.
        </Empty>
      ) : (
        <Panel title="Members" lead="Everybody who has signed in through this organization, or was made a member of it.">
          <Table
            caption={`Members of ${organization.label}`}
            head={["E-mail address", "Name", "State", "Since"]}
            rows={members.map((identity) => [
              <a href={`${context.path}/identities/${identity.id}`}>{identity.email ?? identity.id}</a>,
              nameOf(identity) ?? "",
              <IdentityState identity={identity} />,
              <Moment at={identity.createdAt} now={context.now} />,
            ])}
          />
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls baseUrl={origin} calls={[{ method: "GET", path: `/admin/identities?organization_id=${organization.id}` }]} />
    </>
  );
}
