// GET and POST /console/projects/:project_id/settings/delete

import { DeleteProject } from "../../../views/console/pages/projects/delete.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { CONSOLE_MOUNT } from "../../middleware/project.ts";
import { attempt, problem } from "../form.ts";
import { answerPage, done, pageContext, projectPath } from "../page.ts";

export function showDeletion(c: AppContext) {
  return answer(c, { values: {}, problems: undefined });
}

export async function deleteProject(c: AppContext) {
  const form = c.get("form");
  const project = c.get("project");
  if (form.text("confirmation") !== project.name) {
    const problems = problem("confirmation", "This is not the project's name. Nothing has been deleted.");
    return answer(c, { values: form.values(), problems });
  }
  const { projects, hosts } = c.get("services");
  const result = await attempt(() => projects.delete(project.id, c.get("requestContext")));
  if (!result.ok) return answer(c, { values: form.values(), problems: result.problems });
  hosts.forget(project.id);
  return done(c, CONSOLE_MOUNT, `Project “${project.name}” deleted.`);
}

function answer(c: AppContext, state: FormState) {
  const project = c.get("project");
  const path = projectPath(c);
  return answerPage(c, {
    title: "Delete project",
    section: "settings",
    crumbs: [{ label: "Settings", href: `${path}/settings` }],
    status: state.problems?.status ?? 200,
    body: DeleteProject({ context: pageContext(c), project, state, cancelHref: `${path}/settings` }),
  });
}
