// A project's overview: where its people sign in, and the steps from an empty project to the first single sign-on.

import type { Child } from "hono/jsx";
import type { Project } from "../../../../domain/projects/project.ts";
import { CopyBox } from "../../../components/form.tsx";
import type { PageContext } from "../../context.ts";
import { ButtonLink, CopyValue, Facts, Moment, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FindReference } from "../../parts/find-reference.tsx";

export interface ProjectOverviewProps {
  context: PageContext;
  path: string;
  project: Project;
  isConsole: boolean;
  /** Where its doors stand. */
  origin: string;
}

export function ProjectOverview({ context, path, project, isConsole, origin }: ProjectOverviewProps) {
  return (
    <>
      <PageHead
        title={project.name}
        lead={
          isConsole
            ? "The people who operate this installation. They sign in here, with the same means as the people of every project."
            : "One place where the people of your customers sign in."
        }
        actions={<ButtonLink href={`${path}/settings`}>Settings</ButtonLink>}
      />
      <Panel title="Addresses">
        <Facts
          items={[
            ["Sign-in page", <CopyValue text={`${origin}/login`} label="the address of the sign-in page" />],
            isConsole ? undefined : ["Origin", <CopyValue text={origin} label="the origin" />],
            ["Project ID", <CopyValue text={project.id} label="the project ID" />],
            ["Slug", <code>{project.slug}</code>],
            ["Created", <Moment at={project.createdAt} now={context.now} />],
          ]}
        />
      </Panel>
      {isConsole ? <OperatorSteps path={path} /> : <Steps path={path} origin={origin} context={context} />}
      <FindReference path={path} />
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "GET", path: `/projects/${project.id}` }]} />
    </>
  );
}

function Steps({ path, origin, context }: { path: string; origin: string; context: PageContext }) {
  return (
    <Panel title="From here to the first single sign-on" lead="In this order the first time; later each on its own.">
      <ol class="next-steps">
        <Next title="Create an organization" href={`${path}/organizations`} action="Organizations">
          One for each customer, with the e-mail domains that are theirs.
        </Next>
        <Next title="Add a connection" href={`${path}/connections`} action="Social Sign-In & SSO">
          The customer's identity provider. From then on their addresses sign in there and nowhere else.
        </Next>
        <Next title="See how an address signs in" href={`${path}/routing`} action="Routing">
          Type one and read the decision, step by step, before anybody tries it.
        </Next>
        <Next title="Register an application" href={`${path}/applications`} action="Applications">
          Yours, with any OpenID Connect library. It is told the issuer, a client ID and a secret.
        </Next>
        {context.may.manageKeys ? (
          <Next title="Create an API key" href={`${path}/api-keys`} action="API keys">
            For your server, to manage organizations, connections and people of this project.
          </Next>
        ) : null}
        <li>
          <div>
            <h3>Ask who is signed in</h3>
            <p class="hint">
              Your application sends people to the sign-in page with <code>return_to</code>, and afterwards asks with their cookie
              or session token:
            </p>
          </div>
          <CopyBox
            text={`curl '${origin}/sessions/whoami' -H "X-Session-Token: $SESSION_TOKEN"`}
            label="Copy the whoami command"
          />
        </li>
      </ol>
    </Panel>
  );
}

function OperatorSteps({ path }: { path: string }) {
  return (
    <Panel title="What to do here">
      <ol class="next-steps">
        <Next title="Invite operators" href={`${path}/operators`} action="Operators">
          Whoever has access to this project has access to every project. To give somebody one project alone, invite them there.
        </Next>
        <Next title="Sign operators in through your own identity provider" href={`${path}/organizations`} action="Organizations">
          Create an organization for your company's domain and add a connection, as your customers do.
        </Next>
      </ol>
    </Panel>
  );
}

function Next({ title, href, action, children }: { title: string; href: string; action: string; children: Child }) {
  return (
    <li>
      <div>
        <h3>{title}</h3>
        <p class="hint">{children}</p>
      </div>
      <ButtonLink href={href}>{action}</ButtonLink>
    </li>
  );
}
