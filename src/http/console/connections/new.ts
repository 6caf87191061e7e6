// GET and POST /console/projects/{project_id}/connections/new: first the provider, then the form with what is known of it.

import { PROVIDERS, type Provider } from "../../../domain/connections/connection.ts";
import { redirectUri } from "../../../domain/connections/draft.ts";
import type { Organization } from "../../../domain/organizations/organization.ts";
import { presetFor } from "../../../protocols/oidc/presets/index.ts";
import { ChooseProviderPage } from "../../../views/console/pages/connections/choose-provider.tsx";
import { ConnectionFormPage } from "../../../views/console/pages/connections/form.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, idForNew, postedId, problem } from "../form.ts";
import { done, pageContext, projectPath } from "../page.ts";
import { ADVANCED, claimRows, fieldsOfForm, providerNamed, valuesOfPreset } from "./form-fields.ts";
import { organizationNamed, organizationSuggestions } from "./organization-field.ts";
import { answer, pathOf } from "./page.ts";

export async function newPage(c: AppContext): Promise<Response> {
  const provider = providerNamed(c.req.query("provider") ?? "");
  if (!provider) return await choosePage(c);
  const choice = await organizationNamed(c, c.req.query("organization_id") ?? "");
  const organization = choice.ok ? choice.organization : undefined;
  const values = { ...valuesOfPreset(presetFor(provider)), organization_id: organization?.label ?? "" };
  const problems = choice.ok ? undefined : problem("organization_id", choice.message);
  return await formPage(c, { provider, id: idForNew(c), organization, state: { values, problems } });
}

export async function newSubmit(c: AppContext): Promise<Response> {
  const provider = providerNamed(c.req.query("provider") ?? "");
  if (!provider) return c.redirect(`${projectPath(c)}/connections/new`, 303);
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  const values = form.values();
  const choice = await organizationNamed(c, form.text("organization_id"), c.req.query("organization_id"));
  const organization = choice.ok ? choice.organization : undefined;
  const again = (problems: FormState["problems"]) =>
    formPage(c, { provider, id, organization, state: { values, problems }, openAdvanced: form.flag("preview") });
  if (!choice.ok) return await again(problem("organization_id", choice.message));
  if (form.flag("preview")) return await again(undefined);

  const fields = { ...fieldsOfForm(form), id, provider, organizationId: organization?.id ?? null };
  const created = await attempt(() => c.get("services").connections.create(c.get("project"), fields, c.get("requestContext")));
  if (!created.ok) return await again(created.problems);
  const { label } = created.value;
  return done(
    c,
    pathOf(c, { id }),
    `Connection “${label}” added. Register its redirect URI at the provider, then check and try it.`,
  );
}

async function choosePage(c: AppContext): Promise<Response> {
  const organizationId = c.req.query("organization_id");
  const hrefOf = (provider: string) =>
    `${projectPath(c)}/connections/new?${new URLSearchParams({ provider, ...(organizationId ? { organization_id: organizationId } : {}) })}`;
  const cards = PROVIDERS.map((provider) => {
    const { name, summary } = presetFor(provider).guide;
    return { provider, name, summary };
  });
  return await answer(c, { title: "Add a connection", body: ChooseProviderPage({ cards, hrefOf }), below: "list" });
}

interface NewForm {
  provider: Provider;
  id: string;
  organization: Organization | undefined;
  state: FormState;
  openAdvanced?: boolean;
}

async function formPage(c: AppContext, { provider, id, organization, state, openAdvanced }: NewForm): Promise<Response> {
  const project = c.get("project");
  const { guide } = presetFor(provider);
  const organizationId = organization?.id ?? null;
  const body = ConnectionFormPage({
    around: pageContext(c),
    title: `Add a connection: ${guide.name}`,
    lead: organization ? `Single sign-on for “${organization.label}”.` : guide.summary,
    guide,
    state,
    create: { id, suggestions: await organizationSuggestions(c) },
    redirectUri: redirectUri(project, c.get("services").config, organizationId, id),
    claimRows: claimRows(state.values),
    openAdvanced: openAdvanced === true || organization !== undefined || hasAdvancedProblems(state),
    cancelHref: `${projectPath(c)}/connections`,
    calls: [
      {
        method: "POST",
        path: `/projects/${project.id}/connections`,
        body: {
          provider,
          ...(organization ? { organization_id: organization.id } : {}),
          label: organization?.label ?? guide.name,
          issuer_url: state.values["issuer_url"] || guide.issuerExample,
          client_id: state.values["client_id"] || "…",
          client_secret: "…",
        },
      },
    ],
  });
  const status = state.problems?.status ?? 200;
  return await answer(c, { title: `Add a connection: ${guide.name}`, body, status, below: "list" });
}

function hasAdvancedProblems({ problems }: FormState): boolean {
  return ADVANCED.some((name) => problems?.fields.has(name));
}
