// Who operates a project: those with access to it, those with access to everything, and who has been invited.

import type { Invitation, Operator } from "../../../../domain/operators/operator.ts";
import type { PageContext } from "../../context.ts";
import { Badge, ButtonLink, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { ROLE_NAMES } from "./roles.ts";

export interface OperatorListProps {
  context: PageContext;
  project: { id: string; name: string; isConsole: boolean };
  /** The operator who looks at the page. */
  self: string;
  path: string;
  operators: readonly Operator[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  /** Operators of all projects, the first of them; none when that is what the page lists. */
  everywhere: { items: readonly Operator[]; more: boolean };
  /** Page of the operators of all projects, when the reader may open it. */
  everywhereHref: string | undefined;
  invitations: { items: readonly Invitation[]; more: boolean };
}

export function OperatorList(props: OperatorListProps) {
  const { context, project, path, operators, pager } = props;
  const invite = context.may.manageOperators ? (
    <ButtonLink href={`${path}/invite`} kind="primary">
      Invite an operator
    </ButtonLink>
  ) : undefined;
  const lead = project.isConsole
    ? "These people have access to every project, and to who operates it."
    : "These people can open this project in the console.";
  const empty = operators.length === 0 && pager.firstHref === undefined;
  return (
    <>
      <PageHead title="Operators" lead={lead} actions={invite} />
      {empty ? (
        <Empty title="Nobody has access to this project alone" action={invite}>
          Invite the people who look after {project.name}. They see this project and no other; what they may do is their role.
        </Empty>
      ) : (
        <Panel title={project.isConsole ? "Access to every project" : "Access to this project"}>
          <Table
            caption={project.isConsole ? "Operators of every project" : "Operators of this project"}
            head={["Person", "Role", "Since", ...(context.may.manageOperators ? ["Actions"] : [])]}
            rows={operators.map((operator) => [
              <Person operator={operator} self={props.self} />,
              ROLE_NAMES[operator.role],
              <Moment at={operator.createdAt} now={context.now} />,
              ...(context.may.manageOperators ? [<Actions operator={operator} path={path} />] : []),
            ])}
          />
          <Pager {...pager} />
        </Panel>
      )}
      <Invitations {...props} />
      <Everywhere {...props} />
      <Calls context={context} projectId={project.id} />
    </>
  );
}

function Person({ operator, self }: { operator: Operator; self: string }) {
  const address = operator.email ?? operator.id;
  return (
    <>
      {operator.name ?? address} {operator.id === self ? <Badge tone="quiet">You</Badge> : null}
      {operator.state === "inactive" ? <Badge tone="bad">Inactive</Badge> : null}
      {operator.name === null ? null : <span class="hint block">{address}</span>}
    </>
  );
}

function Actions({ operator, path }: { operator: Operator; path: string }) {
  const whose = <span class="unseen"> of {operator.email ?? operator.id}</span>;
  return (
    <span class="row-actions">
      <a href={`${path}/${operator.id}/role`}>Change role{whose}</a>
      <a href={`${path}/${operator.id}/remove`}>Remove{<span class="unseen"> {operator.email ?? operator.id}</span>}</a>
    </span>
  );
}

function Invitations({ context, path, invitations }: OperatorListProps) {
  if (invitations.items.length === 0) return null;
  return (
    <Panel title="Open invitations" lead="A link works once. It was shown when the invitation was made, and only then.">
      <Table
        caption="Open invitations"
        head={["Address", "Role", "Invited", "Expires", ...(context.may.manageOperators ? ["Actions"] : [])]}
        rows={invitations.items.map((invitation) => [
          invitation.email,
          ROLE_NAMES[invitation.role],
          <Moment at={invitation.createdAt} now={context.now} />,
          <Moment at={invitation.expiresAt} now={context.now} />,
          ...(context.may.manageOperators
            ? [
                <a href={`${path}/invitations/${invitation.id}/revoke`}>
                  Revoke<span class="unseen"> the invitation of {invitation.email}</span>
                </a>,
              ]
            : []),
        ])}
      />
      {invitations.more ? <p class="hint">There are more. The API lists all of them.</p> : null}
    </Panel>
  );
}

function Everywhere({ context, project, self, everywhere, everywhereHref }: OperatorListProps) {
  if (project.isConsole || everywhere.items.length === 0) return null;
  const manage = everywhereHref ? <ButtonLink href={everywhereHref}>Open</ButtonLink> : undefined;
  return (
    <Panel title="Access to every project" lead="Operators of the console project can open this one too." actions={manage}>
      <Table
        caption="Operators of every project"
        head={["Person", "Role", "Since"]}
        rows={everywhere.items.map((operator) => [
          <Person operator={operator} self={self} />,
          <>
            {ROLE_NAMES[operator.role]} <Badge tone="quiet">All projects</Badge>
          </>,
          <Moment at={operator.createdAt} now={context.now} />,
        ])}
      />
      {everywhere.more ? <p class="hint">There are more of them.</p> : null}
    </Panel>
  );
}

function Calls({ context, projectId }: { context: PageContext; projectId: string }) {
  const path = `/projects/${projectId}`;
  return (
    <ApiCalls
      baseUrl={context.baseUrl}
      calls={[
        { method: "GET", path: `${path}/operators` },
        { method: "GET", path: `${path}/operator-invitations` },
      ]}
    />
  );
}
