// What happened to one organization and its people.

import type { Event } from "../../../../domain/events/event.ts";
import type { Organization } from "../../../../domain/organizations/organization.ts";
import type { PageContext } from "../../context.ts";
import { ButtonLink, Empty, Pager, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { EventTable } from "../../parts/events.tsx";

export interface OrganizationEventsProps {
  context: PageContext;
  organization: Organization;
  events: readonly Event[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
}

export function OrganizationEvents({ context, organization, events, pager }: OrganizationEventsProps) {
  const query = `organization_id=${organization.id}`;
  return (
    <>
      {events.length === 0 && pager.nextHref === undefined ? (
        <Empty title="Nothing has happened">Sign-ins, refusals and changes of this organization stand here, newest first.</Empty>
      ) : (
        <Panel
          title="Events"
          lead="Sign-ins, refusals and changes, newest first."
          actions={<ButtonLink href={`${context.path}/events?${query}`}>Filter and follow</ButtonLink>}
        >
          {events.length === 0 ? (
            <p>None among the events looked at. Older ones are on the next page.</p>
          ) : (
            <EventTable context={context} caption={`Events of ${organization.label}`} events={events} people={true} />
          )}
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[{ method: "GET", path: `/projects/${organization.projectId}/events?${query}` }]}
      />
    </>
  );
}
