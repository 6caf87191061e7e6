// GET and POST /console/projects/:project_id/settings

import { CONSOLE_SLUG } from "../../../config.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import type { Project } from "../../../domain/projects/project.ts";
import { ProjectSettings } from "../../../views/console/pages/projects/settings.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, formRevision } from "../form.ts";
import { answerPage, done, pageContext, projectPath } from "../page.ts";
import { databasesOf } from "./databases.ts";

export function showSettings(c: AppContext) {
  const project = c.get("project");
  return answer(c, project.revision, { values: valuesOf(project), problems: undefined });
}

export async function changeSettings(c: AppContext) {
  const form = c.get("form");
  const project = c.get("project");
  const revision = formRevision(form);
  const hostnames = form.list("hostnames");
  const allowedReturnUrls = form.list("allowed_return_urls");
  const fields = {
    name: form.text("name"),
    hostnames,
    allowedReturnUrls,
    sessionLifespan: form.text("session_lifespan"),
    passwordLogin: form.flag("password_login"),
    registration: form.flag("registration"),
  };
  const { projects, hosts } = c.get("services");
  const result = await attempt(() => projects.update(project.id, fields, revision, c.get("requestContext")), {
    hostnames,
    allowed_return_urls: allowedReturnUrls,
  });
  if (!result.ok) return answer(c, revision, { values: form.values(), problems: result.problems });
  hosts.forget(project.id);
  return done(c, `${projectPath(c)}/settings`, "Settings saved.");
}

function valuesOf(project: Project): Record<string, string> {
  return {
    name: project.name,
    hostnames: project.hostnames.join("\n"),
    allowed_return_urls: project.allowedReturnUrls.join("\n"),
    session_lifespan: project.sessionLifespan,
    ...(project.passwordLogin ? { password_login: "on" } : {}),
    ...(project.registration ? { registration: "on" } : {}),
  };
}

function answer(c: AppContext, revision: number, state: FormState) {
  const { config } = c.get("services");
  const project = c.get("project");
  const isProtected = project.slug === CONSOLE_SLUG || project.slug === config.defaultProjectSlug;
  const body = ProjectSettings({
    context: pageContext(c),
    path: projectPath(c),
    project,
    origin: originOf(project, config),
    isProtected,
    database: databasesOf(c).length > 0 ? project.place : undefined,
    revision,
    state,
  });
  return answerPage(c, { title: "Settings", section: "settings", status: state.problems?.status ?? 200, body });
}
