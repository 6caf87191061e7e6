// The settings of a project.

import type { Child } from "hono/jsx";
import type { Project } from "../../../../domain/projects/project.ts";
import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, CopyValue, Facts, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import {
  Checkbox,
  Fieldset,
  FormActions,
  FormProblemsNotice,
  FormSecrets,
  type FormState,
  TextArea,
  TextField,
} from "../../parts/fields.tsx";
import { bindingOf } from "./database.ts";

export interface ProjectSettingsProps {
  context: PageContext;
  path: string;
  project: Project;
  origin: string;
  /** The default project and the operators' own cannot be deleted. */
  isProtected: boolean;
  /** Where its data is; undefined when there is only one database. */
  database: number | undefined;
  revision: number;
  state: FormState;
}

export function ProjectSettings(props: ProjectSettingsProps) {
  const { context, path, project, isProtected } = props;
  return (
    <>
      <PageHead title="Settings" lead={`How ${project.name} is reached and how people sign in to it.`} />
      <Panel>{context.may.write ? <Form {...props} /> : <Shown {...props} />}</Panel>
      <Panel
        title="Branding"
        lead="The logo and the colour of the sign-in pages."
        actions={<ButtonLink href={`${path}/settings/branding`}>Open branding</ButtonLink>}
      >
        <Facts
          items={[
            ["Colour", project.accentColor === null ? "Orgate's own" : <code>{project.accentColor}</code>],
            ["Logo", project.logoDigest === null ? "The first letter of the name" : "An image of yours"],
          ]}
        />
      </Panel>
      {context.may.deleteProject ? <Deletion path={path} isProtected={isProtected} /> : null}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: `/projects/${project.id}` },
          {
            method: "PATCH",
            path: `/projects/${project.id}`,
            body: { session_lifespan: project.sessionLifespan, allowed_return_urls: project.allowedReturnUrls },
          },
        ]}
      />
    </>
  );
}

function Form({ context, path, project, origin, database, revision, state }: ProjectSettingsProps) {
  return (
    <form method="post" class="form">
      <FormSecrets csrf={context.csrf} revision={revision} />
      <FormProblemsNotice problems={state.problems} reloadHref={`${path}/settings`} />
      <TextField
        name="name"
        label="Name"
        hint="People see it above the sign-in form."
        state={state}
        required={true}
        maxlength={256}
      />
      <Slug project={project} />
      {database === undefined ? null : <Database place={database} />}
      <TextArea
        name="hostnames"
        label="Host names"
        hint={
          <>
            Your own names for the sign-in pages, one per line, such as <code>login.example.com</code>. The first one becomes the
            project's address (now <code>{origin}</code>). Point each at this installation and add it to the Worker's routes
            first.
          </>
        }
        placeholder="login.example.com"
        state={state}
        code={true}
      />
      <TextArea
        name="allowed_return_urls"
        label="Allowed return addresses"
        hint={
          <>
            Where people may be sent after signing in, one per line. <code>https://app.example.com</code> stands for every page
            there; an address with a path stands for itself alone.
          </>
        }
        placeholder="https://app.example.com"
        state={state}
        code={true}
      />
      <TextField
        name="session_lifespan"
        label="Session lifespan"
        hint="How long people stay signed in: a whole number and a unit, such as 30m, 24h or 720h. Organizations may have their own."
        state={state}
        required={true}
        code={true}
      />
      <Fieldset legend="People outside organizations">
        <Checkbox
          name="password_login"
          label="May sign in with a password"
          hint="People of an organization never may: its connections are their only way in."
          state={state}
        />
        <Checkbox
          name="registration"
          label="May create an account themselves"
          hint="With an address whose domain belongs to no organization."
          state={state}
        />
      </Fieldset>
      <FormActions>
        <Button kind="primary">Save settings</Button>
      </FormActions>
    </form>
  );
}

/** Read-only, and why. */
function Slug({ project }: { project: Project }) {
  return (
    <div class="field">
      <span class="label">Slug</span>
      <CopyValue text={project.slug} label="the slug" />
      <p class="hint">It cannot be changed: addresses that identity providers and applications know are made of it.</p>
    </div>
  );
}

function Database({ place }: { place: number }) {
  return (
    <div class="field">
      <span class="label">Database</span>
      <code>{bindingOf(place)}</code>
      <p class="hint">
        <code>npm run move-project</code> moves it to another one while it is in use.
      </p>
    </div>
  );
}

function Shown({ project, origin, database }: ProjectSettingsProps) {
  const list = (items: readonly string[], none: string) => (items.length === 0 ? none : items.map((item) => <code>{item}</code>));
  return (
    <>
      <Facts
        items={[
          ["Name", project.name],
          ["Slug", <code>{project.slug}</code>],
          ["Address", <code>{origin}</code>],
          ...(database === undefined ? [] : [["Database", <code>{bindingOf(database)}</code>] satisfies [string, Child]]),
          ["Host names", list(project.hostnames, "None of its own")],
          ["Allowed return addresses", list(project.allowedReturnUrls, "Only its own pages")],
          ["Session lifespan", project.sessionLifespan],
          ["Password for people outside organizations", project.passwordLogin ? "Yes" : "No"],
          ["Registration for people outside organizations", project.registration ? "Yes" : "No"],
        ]}
      />
      <p class="hint">Your role lets you look at these settings. An editor or owner can change them.</p>
    </>
  );
}

function Deletion({ path, isProtected }: { path: string; isProtected: boolean }) {
  return (
    <Panel title="Delete this project" danger={true}>
      {isProtected ? (
        <p class="hint">This project cannot be deleted: the installation itself needs it.</p>
      ) : (
        <>
          <p class="hint">Everything in it goes: organizations, connections, people, keys and the audit log.</p>
          <div class="page-actions">
            <ButtonLink href={`${path}/settings/delete`} kind="danger">
              Delete project
            </ButtonLink>
          </div>
        </>
      )}
    </Panel>
  );
}
