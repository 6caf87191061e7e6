// GET /console: the projects that the operator reaches.

import { CONSOLE_SLUG } from "../../../config.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { ProjectList } from "../../../views/console/pages/projects/list.tsx";
import type { AppContext } from "../../context.ts";
import { authorityOutside, reachedProjects } from "../../middleware/management-key.ts";
import { CONSOLE_MOUNT } from "../../middleware/project.ts";
import { pageFields, readPage } from "../../page-token.ts";
import { pagerOf, ROWS_ON_A_PAGE } from "../listing.ts";
import { answerPage, pageContext } from "../page.ts";

const LIST = "projects";

export async function showProjects(c: AppContext) {
  const { projects, config } = c.get("services");
  const scope = c.get("managementScope");
  const page = readPage({ page_size: ROWS_ON_A_PAGE, page_token: c.req.query("page_token") }, LIST);
  const { items, next } = await projects.list({ ...page, among: reachedProjects(scope) });
  const token = pageFields(LIST, next).next_page_token || undefined;
  const body = ProjectList({
    context: pageContext(c),
    mayCreate: authorityOutside(scope, "create_project"),
    projects: items.map((project) => ({
      id: project.id,
      name: project.name,
      origin: project.slug === CONSOLE_SLUG ? undefined : originOf(project, config),
      createdAt: project.createdAt,
    })),
    pager: pagerOf(c, CONSOLE_MOUNT, {}, token),
  });
  return answerPage(c, { title: "Projects", section: "projects", body });
}
