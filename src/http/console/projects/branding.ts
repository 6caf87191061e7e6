// GET and POST /console/projects/:project_id/settings/branding, and the sheet of its preview.

import type { Project } from "../../../domain/projects/project.ts";
import { previewStyle } from "../../../views/brand-style.ts";
import { ProjectBranding } from "../../../views/console/pages/projects/branding.tsx";
import type { FormProblems, FormState } from "../../../views/console/parts/fields.tsx";
import { answerLogo } from "../../branding/door.ts";
import type { AppContext } from "../../context.ts";
import { attempt, type ConsoleForm, formRevision } from "../form.ts";
import { answerPage, done, pageContext, projectPath } from "../page.ts";

export function showBranding(c: AppContext) {
  const project = c.get("project");
  return answer(c, project.revision, { values: valuesOf(project), problems: undefined });
}

export async function changeBranding(c: AppContext) {
  const form = c.get("form");
  const { hosts } = c.get("services");
  const revision = formRevision(form);
  const result = await attempt(() => change(c, form, revision));
  if (!result.ok) return answer(c, revision, { values: form.values(), problems: atControls(result.problems) });
  hosts.forget(c.get("project").id);
  return done(c, `${projectPath(c)}/settings/branding`, "Branding saved. Hosted pages show it within ten seconds.");
}

/** GET /console/projects/:project_id/branding-preview.css */
export function previewSheet(c: AppContext) {
  c.header("Cache-Control", "no-store");
  return c.body(previewStyle(c.get("project").accentColor), 200, { "Content-Type": "text/css; charset=utf-8" });
}

/** GET /console/projects/:project_id/logo: for the preview, on the console's own host. */
export function previewLogo(c: AppContext) {
  return answerLogo(c);
}

/** One change for the colour and the logo, so that neither is stored without the other. */
async function change(c: AppContext, form: ConsoleForm, revision: number): Promise<Project> {
  const { projects } = c.get("services");
  const file = form.file("logo");
  const color = form.text("accent_color");
  const logo = file ? new Uint8Array(await file.arrayBuffer()) : form.flag("remove_logo") ? null : undefined;
  const look = { accentColor: color === "" ? null : color, logo };
  return await projects.rebrand(c.get("project").id, look, revision, c.get("requestContext"));
}

/** The colour's field is inside another one on the wire. */
function atControls(problems: FormProblems): FormProblems {
  const fields = [...problems.fields].map(
    ([name, sentences]) => [name === "branding" ? "accent_color" : name, sentences] as const,
  );
  return { ...problems, fields: new Map(fields) };
}

function valuesOf(project: Project): Record<string, string> {
  return { accent_color: project.accentColor ?? "" };
}

function answer(c: AppContext, revision: number, state: FormState) {
  const project = c.get("project");
  const path = projectPath(c);
  const body = ProjectBranding({ context: pageContext(c), path, project, logo: logoOf(c), revision, state });
  return answerPage(c, {
    title: "Branding",
    section: "settings",
    crumbs: [{ label: "Settings", href: `${path}/settings` }],
    status: state.problems?.status ?? 200,
    body,
  });
}

/** The logo's address on the console's own host: images from elsewhere are not shown here. */
function logoOf(c: AppContext): string | undefined {
  const { logoDigest } = c.get("project");
  return logoDigest === null ? undefined : `${projectPath(c)}/logo?v=${logoDigest}`;
}
