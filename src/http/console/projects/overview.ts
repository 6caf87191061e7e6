// GET /console/projects/:project_id: where the project's people sign in, and what to do next.

import { CONSOLE_SLUG } from "../../../config.ts";
import { doorsOf, originOf } from "../../../domain/projects/hosts.ts";
import { ProjectOverview } from "../../../views/console/pages/projects/overview.tsx";
import type { AppContext } from "../../context.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

export function showOverview(c: AppContext) {
  const { config } = c.get("services");
  const project = c.get("project");
  const isConsole = project.slug === CONSOLE_SLUG;
  const body = ProjectOverview({
    context: pageContext(c),
    path: projectPath(c),
    project,
    isConsole,
    origin: isConsole ? doorsOf(project, config) : originOf(project, config),
  });
  return answerPage(c, { title: "Overview", section: "overview", body });
}
