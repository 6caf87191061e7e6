// GET and POST /projects/:project_id/identities/new

import { parseEmailAddress } from "../../../domain/domains/email-address.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { Identity } from "../../../domain/identities/identity.ts";
import { DEFAULT_SCHEMA_ID } from "../../../domain/identities/rules.ts";
import { originOf } from "../../../domain/projects/hosts.ts";
import { NewIdentity } from "../../../views/console/pages/identities/new.tsx";
import type { FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, type ConsoleForm, idForNew, postedId, problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelowList, identitiesPath, identityPath } from "./identity.ts";

export function showNew(c: AppContext) {
  return answer(c, idForNew(c), { values: {}, problems: undefined });
}

export async function createIdentity(c: AppContext) {
  const form = c.get("form");
  const id = postedId(form) ?? idForNew(c);
  if (form.text("email") === "") {
    return answer(c, id, { values: form.values(), problems: problem("email", "Enter an e-mail address.") });
  }
  const result = await attempt(() => namingFields(() => create(c, form, id)));
  if (!result.ok) return answer(c, id, { values: form.values(), problems: result.problems });
  return done(c, identityPath(c, result.value.id), `Identity ${result.value.email ?? ""} created.`);
}

/** A person with an address under an organization's domain is made a member of it: nothing else would be accepted. */
async function create(c: AppContext, form: ConsoleForm, id: string): Promise<Identity> {
  const { login, identities } = c.get("services");
  const project = c.get("project");
  const [email, name] = [form.text("email"), form.text("name")];
  const parsed = parseEmailAddress(email);
  const routing = parsed.ok ? await login.route(project, parsed.address) : undefined;
  const draft = {
    schemaId: DEFAULT_SCHEMA_ID,
    state: "active" as const,
    traits: { email, ...(name === "" ? {} : { name }) },
    metadataPublic: null,
    metadataAdmin: null,
    organizationId: routing === undefined || routing.decision === "local" ? null : routing.organizationId,
  };
  return await identities.create(project.id, draft, c.get("requestContext"), id);
}

/** The form's fields are traits. */
async function namingFields<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { kind, code, message } = error;
    const fields = error.fields.map((one) => ({ ...one, field: one.field.replace(/^traits\./, "") }));
    throw new DomainError({ kind, code, message, fields, cause: error });
  }
}

function answer(c: AppContext, id: string, state: FormState) {
  const origin = originOf(c.get("project"), c.get("services").config);
  const body = NewIdentity({ context: pageContext(c), id, state, cancelHref: identitiesPath(c), origin });
  return answerBelowList(c, "New identity", body, state.problems?.status);
}
