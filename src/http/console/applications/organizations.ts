// The field with the organizations that an app is for: one a line, by label, domain or id. Stored ones stand there as
// "Label (id)", so that they mean the same organization when the form comes back.

import type { FormProblems } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { organizationNamed } from "../connections/organization-field.ts";
import { type ConsoleForm, problem } from "../form.ts";

const FIELD = "organization_ids";
/** Organizations that one form may name by label or domain; each is looked for. Ids cost nothing. */
const MAX_NAMED = 20;
const ID = /(?:^|\()([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)?$/i;

export type Pinned = { ok: true; ids: string[] } | { ok: false; problems: FormProblems };

/** The ids of what was typed. Whether an id is one of the project's organizations is the service's to say. */
export async function organizationsOf(c: AppContext, form: ConsoleForm): Promise<Pinned> {
  const lines = form.secret(FIELD).split("\n");
  const typed = lines.map((line) => line.trim()).filter((line) => line !== "");
  const named = typed.filter((line) => !ID.test(line));
  if (named.length > MAX_NAMED) {
    return { ok: false, problems: problem(FIELD, `Name at most ${MAX_NAMED} at a time, and the others by their IDs.`) };
  }
  const found = await Promise.all(typed.map((line) => idOf(c, line)));
  const sentences = found.flatMap((one, index) => ("message" in one ? [`“${typed[index]}”: ${one.message}`] : []));
  if (sentences.length === 0) return { ok: true, ids: found.flatMap((one) => ("id" in one ? [one.id] : [])) };
  const problems = { status: 422, conflict: false, general: undefined, fields: new Map([[FIELD, sentences]]) };
  return { ok: false, problems };
}

/** What the field shows of stored ids. */
export function organizationLines(ids: readonly string[], labels: ReadonlyMap<string, string>): string {
  return ids.map((id) => `${labels.get(id) ?? "Deleted organization"} (${id})`).join("\n");
}

async function idOf(c: AppContext, line: string): Promise<{ id: string } | { message: string }> {
  const id = ID.exec(line)?.[1];
  if (id !== undefined) return { id: id.toLowerCase() };
  const choice = await organizationNamed(c, line);
  if (!choice.ok) return { message: choice.message };
  return choice.organization ? { id: choice.organization.id } : { message: "No organization has this name." };
}
