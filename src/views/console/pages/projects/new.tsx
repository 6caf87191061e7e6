// The form of a new project.

import type { PageContext } from "../../context.ts";
import { Button, ButtonLink, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, Select, TextField } from "../../parts/fields.tsx";
import { bindingOf } from "./database.ts";

export interface NewProjectProps {
  context: PageContext;
  id: string;
  state: FormState;
  /** Host and port of the base URL. */
  baseHost: string;
  /** `https:` */
  scheme: string;
  /** Those that it can be put into; none when there is only one. */
  databases: readonly number[];
  cancelHref: string;
}

export function NewProject({ context, id, state, baseHost, scheme, databases, cancelHref }: NewProjectProps) {
  return (
    <>
      <PageHead title="New project" lead="One for each application, or one for each of its stages such as test and live." />
      <Panel>
        <form method="post" class="form">
          <FormSecrets csrf={context.csrf} id={id} />
          <FormProblemsNotice problems={state.problems} />
          <TextField
            name="name"
            label="Name"
            hint="People see it above the sign-in form. You can change it later."
            placeholder="Northwind"
            state={state}
            required={true}
            autofocus={state.problems === undefined}
            maxlength={256}
          />
          <TextField
            name="slug"
            label="Slug"
            hint={
              <>
                The project answers at <code>{`${scheme}//slug.${baseHost}`}</code>. It cannot be changed, because links and
                identity providers will point there; host names of your own can be added at any time.
              </>
            }
            placeholder="northwind"
            state={state}
            required={true}
            code={true}
            maxlength={40}
          />
          {databases.length > 0 ? (
            <Select
              name="database"
              label="Database"
              hint="Where its people, organizations and sessions are kept. It can be moved to another one later."
              state={state}
              options={[
                { value: "", label: "The one with the fewest projects" },
                ...databases.map((place) => ({ value: String(place), label: bindingOf(place) })),
              ]}
            />
          ) : null}
          <FormActions>
            <Button kind="primary">Create project</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[{ method: "POST", path: "/projects", body: { name: "Northwind", slug: "northwind" } }]}
      />
    </>
  );
}
