// Asks before a project is deleted.

import type { Project } from "../../../../domain/projects/project.ts";
import type { PageContext } from "../../context.ts";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";

export function DeleteProject(props: { context: PageContext; project: Project; state: FormState; cancelHref: string }) {
  const { context, project, state, cancelHref } = props;
  return (
    <ConfirmForm
      title={`Delete ${project.name}`}
      consequences={[
        "Everybody who is signed in to this project is signed out at once, and nobody can sign in any more.",
        "Its organizations, domains, connections, people, passwords, applications and API keys are deleted, and so is its audit log.",
        "Its host names and its slug become free. Operators keep their accounts at this console.",
        "This cannot be undone.",
      ]}
      name={project.name}
      csrf={context.csrf}
      state={state}
      action="Delete project"
      cancelHref={cancelHref}
    >
      <ApiCalls baseUrl={context.baseUrl} calls={[{ method: "DELETE", path: `/projects/${project.id}` }]} />
    </ConfirmForm>
  );
}
