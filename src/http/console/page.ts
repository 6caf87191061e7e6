// Answers of the console: a page in its frame, and the redirect after a form with a sentence on what was done.

import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { originOf as projectOrigin } from "../../domain/projects/hosts.ts";
import type { PageContext } from "../../views/console/context.ts";
import { consolePage, type Section } from "../../views/console/frame.tsx";
import type { AppContext } from "../context.ts";
import { clearHostCookie, readCookie, setHostCookie } from "../cookies.ts";
import { CONSOLE_MOUNT } from "../middleware/project.ts";
import { operatorFormToken } from "./form.ts";
import { mayOperate } from "./operator.ts";

/** Tells the next page once what the last form did. */
const NOTICE_COOKIE = "__Host-orgate_console_notice";
/** Seconds. */
const NOTICE_MAX_AGE = 60;

/** What the parts of a page of this request need. */
export function pageContext(c: AppContext): PageContext {
  const { config, runtime } = c.get("services");
  const inProject = c.req.param("project_id") !== undefined;
  return {
    csrf: operatorFormToken(c),
    now: runtime.clock(),
    baseUrl: config.baseUrl.origin,
    path: inProject ? projectPath(c) : CONSOLE_MOUNT,
    may: {
      write: mayOperate(c, "write"),
      manageKeys: mayOperate(c, "manage_keys"),
      manageOperators: mayOperate(c, "manage_operators"),
      deleteProject: mayOperate(c, "delete_project"),
    },
  };
}

/** A page of the console. Pages below `/projects/{id}` show that project's navigation. */
export function answerPage(
  c: AppContext,
  page: { title: string; section: Section; crumbs?: { label: string; href: string }[]; body: Child; status?: number },
): Response | Promise<Response> {
  const { config, sessions } = c.get("services");
  const { identity, token } = c.get("operator");
  const notice = readCookie(c, NOTICE_COOKIE);
  if (notice !== undefined) clearHostCookie(c, NOTICE_COOKIE);
  const inProject = c.req.param("project_id") !== undefined;
  const project = c.get("project");
  return c.html(
    consolePage({
      title: page.title,
      section: page.section,
      crumbs: page.crumbs ?? [],
      operator: { email: identity.email ?? "", logoutToken: sessions.logoutToken(identity.projectId, token) ?? "" },
      project: inProject
        ? {
            name: project.name,
            path: projectPath(c),
            origin: projectOrigin(project, config),
            isConsole: project.slug === "console",
          }
        : undefined,
      notice: notice === undefined ? undefined : decodeNotice(notice),
      body: page.body,
    }),
    (page.status ?? 200) as ContentfulStatusCode,
  );
}

/** After a form that did what it said: 303 to a page, which shows the sentence once. */
export function done(c: AppContext, path: string, sentence: string): Response {
  setHostCookie(c, NOTICE_COOKIE, sentence.slice(0, 300), NOTICE_MAX_AGE);
  return c.redirect(path, 303);
}

/** `/console/projects/{id}` of the project that the page is about. */
export function projectPath(c: AppContext): string {
  return `${CONSOLE_MOUNT}/projects/${c.get("project").id}`;
}

function decodeNotice(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
