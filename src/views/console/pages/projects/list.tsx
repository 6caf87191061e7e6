// The console's home: the projects that an operator reaches.

import type { PageContext } from "../../context.ts";
import { Badge, ButtonLink, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";

export interface ProjectListProps {
  context: PageContext;
  mayCreate: boolean;
  projects: readonly {
    id: string;
    name: string;
    /** Undefined for the operators' own project, which stands below the console. */
    origin: string | undefined;
    createdAt: number;
  }[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
}

export function ProjectList({ context, mayCreate, projects, pager }: ProjectListProps) {
  const create = mayCreate ? (
    <ButtonLink href="/console/projects/new" kind="primary">
      New project
    </ButtonLink>
  ) : undefined;
  const onlyOperators = projects.every(({ origin }) => origin === undefined) && pager.firstHref === undefined;
  return (
    <>
      <PageHead
        title="Projects"
        lead="A project is one place where people sign in, with its own organizations, connections and identities."
        actions={create}
      />
      {onlyOperators ? (
        <Empty title="No project for your application yet" action={create}>
          {mayCreate
            ? "Create one: it gets an address of its own where the people of your customers sign in."
            : "An owner or editor of all projects can create one and invite you to it."}
        </Empty>
      ) : null}
      {projects.length === 0 ? null : (
        <Panel>
          <Table
            caption="Projects"
            head={["Name", "Sign-in address", "Created"]}
            rows={projects.map(({ id, name, origin, createdAt }) => [
              <a href={`/console/projects/${id}`}>{name}</a>,
              origin === undefined ? <Badge tone="quiet">Operators of this console</Badge> : <code>{origin}</code>,
              <Moment at={createdAt} now={context.now} />,
            ])}
          />
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "GET", path: "/projects" }]} />
    </>
  );
}
