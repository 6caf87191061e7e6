// GET and POST /projects/:project_id/session-tokens/new and …/:template_name/delete

import { SIGNING_ALGS } from "../../../crypto/signing.ts";
import { acceptTemplate, type TemplateFields } from "../../../domain/session-tokens/rules.ts";
import { CLAIM_SOURCES, type SessionTokenTemplate } from "../../../domain/session-tokens/template.ts";
import { DeleteTemplate, NewTemplate } from "../../../views/console/pages/applications/session-tokens.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, type ConsoleForm, problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, applicationsPath, issuerOf } from "./application.ts";

const FRESH = {
  ttl: "60s",
  alg: "ES256",
  subject_source: "id",
  claim_email: "email",
  claim_name: "name",
  claim_org_id: "org_id",
};

export async function showNewTemplate(c: AppContext) {
  return await answerNew(c, { values: FRESH, problems: undefined });
}

export async function createTemplate(c: AppContext) {
  const form = c.get("form");
  const { sessionTokens } = c.get("services");
  const projectId = c.get("project").id;
  const name = form.text("name");
  const fields = fieldsOf(form);
  const made = await attempt(
    async () => {
      const settings = acceptTemplate(name, fields);
      const before = (await sessionTokens.list(projectId)).find((template) => template.name === name);
      if (before) return isSame(before, settings);
      await sessionTokens.put(projectId, name, fields, c.get("requestContext"));
      return true;
    },
    { audience: fields.audience ?? [] },
  );
  if (!made.ok) return await answerNew(c, { values: form.values(), problems: made.problems });
  if (!made.value) {
    const problems = problem("name", "There is a template of this name. Choose another, or delete that one first.");
    return await answerNew(c, { values: form.values(), problems });
  }
  return done(c, applicationsPath(c), `Template “${name}” created. Ask for it with /sessions/whoami?tokenize_as=${name}`);
}

export async function showTemplateDeletion(c: AppContext) {
  return await answerDeletion(c, await templateOf(c), { values: {}, problems: undefined });
}

export async function deleteTemplate(c: AppContext) {
  const form = c.get("form");
  const template = await templateOf(c);
  if (form.text("confirmation") !== template.name) {
    const problems = problem("confirmation", "This is not the template's name. Nothing has been deleted.");
    return await answerDeletion(c, template, { values: form.values(), problems });
  }
  await c.get("services").sessionTokens.delete(template.projectId, template.name, c.get("requestContext"));
  return done(c, applicationsPath(c), `Template “${template.name}” deleted.`);
}

/** Whether a form that was sent again says what the first one has made. */
function isSame(stored: SessionTokenTemplate, settings: ReturnType<typeof acceptTemplate>): boolean {
  const { name, ttl, alg, audience, subjectSource, claims } = stored;
  return JSON.stringify({ name, ttl, alg, audience, subjectSource, claims }) === JSON.stringify(settings);
}

function fieldsOf(form: ConsoleForm): TemplateFields {
  const claims = CLAIM_SOURCES.map((source) => [form.text(`claim_${source}`), source] as const);
  return {
    ttl: form.text("ttl") || undefined,
    alg: SIGNING_ALGS.find((alg) => alg === form.text("alg")),
    audience: form.list("audience"),
    subjectSource: (["id", "email"] as const).find((source) => source === form.text("subject_source")),
    claims: Object.fromEntries(claims.filter(([name]) => name !== "")),
  };
}

async function templateOf(c: AppContext): Promise<SessionTokenTemplate> {
  return await c.get("services").sessionTokens.get(c.get("project").id, c.req.param("template_name") ?? "");
}

function backTo(c: AppContext): string {
  return `${applicationsPath(c)}#session-tokens`;
}

function answerNew(c: AppContext, state: FormState) {
  const props = { context: pageContext(c), projectId: c.get("project").id, issuer: issuerOf(c), state, cancelHref: backTo(c) };
  return answerBelow(c, { title: "New session token template", status: state.problems?.status, body: NewTemplate(props) });
}

function answerDeletion(c: AppContext, template: SessionTokenTemplate, state: FormState) {
  const body = DeleteTemplate({ context: pageContext(c), template, state, cancelHref: backTo(c) });
  return answerBelow(c, { title: `Delete: ${template.name}`, status: state.problems?.status, body });
}
