// GET and POST /console/projects/new

import { NewProject } from "../../../views/console/pages/projects/new.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { CONSOLE_MOUNT } from "../../middleware/project.ts";
import { attempt, idForNew, postedId } from "../form.ts";
import { answerPage, done, pageContext } from "../page.ts";
import { databasesOf } from "./databases.ts";

export function showNew(c: AppContext) {
  return answer(c, idForNew(c), { values: {}, problems: undefined });
}

export async function createProject(c: AppContext) {
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  const { projects, hosts } = c.get("services");
  const fields = { name: form.text("name"), slug: form.text("slug").toLowerCase(), database: chosenDatabase(c) };
  const made = await attempt(() => projects.create(fields, c.get("requestContext"), id));
  if (!made.ok) return answer(c, id, { values: form.values(), problems: made.problems });
  hosts.forget(made.value.id);
  return done(c, `${CONSOLE_MOUNT}/projects/${made.value.id}`, `Project “${made.value.name}” created.`);
}

/** Nothing chosen: the rule chooses. What is no number is none of the databases. */
function chosenDatabase(c: AppContext): number | undefined {
  const text = c.get("form").text("database");
  return text === "" || databasesOf(c).length === 0 ? undefined : Number(text);
}

function answer(c: AppContext, id: string, state: FormState) {
  const { host, protocol } = c.get("services").config.baseUrl;
  return answerPage(c, {
    title: "New project",
    section: "projects",
    crumbs: [{ label: "Projects", href: CONSOLE_MOUNT }],
    status: state.problems?.status ?? 200,
    body: NewProject({
      context: pageContext(c),
      id,
      state,
      baseHost: host,
      scheme: protocol,
      databases: databasesOf(c),
      cancelHref: CONSOLE_MOUNT,
    }),
  });
}
