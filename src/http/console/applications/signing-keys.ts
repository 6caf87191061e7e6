// GET and POST /projects/:project_id/signing-keys/rotate and …/revoke

import type { JudgedSigningKey } from "../../../domain/signing-keys/signing-key.ts";
import { RevokeKeys, RotateKeys } from "../../../views/console/pages/applications/signing-keys.tsx";
import type { FormProblems, FormState } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, formRevision, problem } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answerBelow, applicationsPath } from "./application.ts";

const NOTHING_TYPED: FormState = { values: {}, problems: undefined };

export async function showKeyRotation(c: AppContext) {
  return await answerRotation(c, NOTHING_TYPED);
}

export async function rotateKeys(c: AppContext) {
  return await rotate(c, false, (problems) => answerRotation(c, { values: {}, problems }));
}

export async function showKeyRevocation(c: AppContext) {
  return await answerRevocation(c, NOTHING_TYPED);
}

export async function revokeKeys(c: AppContext) {
  const form = c.get("form");
  const again = (problems: FormProblems) => answerRevocation(c, { values: form.values(), problems });
  if (form.text("confirmation") !== c.get("project").name) {
    return await again(problem("confirmation", "This is not the project's name. Nothing has been revoked."));
  }
  return await rotate(c, true, again);
}

/** Once for each form: sent again, it finds newer keys than those it was about. */
async function rotate(c: AppContext, revokePrevious: boolean, again: (problems: FormProblems) => Promise<Response>) {
  const { signingKeys } = c.get("services");
  const projectId = c.get("project").id;
  if (revisionOf(await signingKeys.list(projectId)) !== formRevision(c.get("form"))) return await again(MOVED);
  const rotated = await attempt(() => signingKeys.rotate(projectId, { revokePrevious }, c.get("requestContext")));
  if (!rotated.ok) return await again(rotated.problems);
  const sentence = revokePrevious
    ? "The keys are replaced. What earlier ones have signed is refused within minutes."
    : "The next keys are published and sign in ten minutes.";
  return done(c, applicationsPath(c), sentence);
}

const MOVED: FormProblems = { status: 409, conflict: true, general: undefined, fields: new Map() };

/** Grows with every key that is made. */
function revisionOf(keys: readonly JudgedSigningKey[]): number {
  return keys.reduce((newest, { key }) => Math.max(newest, key.createdAt), 0);
}

async function answerRotation(c: AppContext, state: FormState) {
  const props = await propsOf(c, state);
  return await answerBelow(c, { title: "Rotate the signing keys", status: state.problems?.status, body: RotateKeys(props) });
}

async function answerRevocation(c: AppContext, state: FormState) {
  const props = await propsOf(c, state);
  return await answerBelow(c, { title: "Replace the signing keys", status: state.problems?.status, body: RevokeKeys(props) });
}

async function propsOf(c: AppContext, state: FormState) {
  const project = c.get("project");
  const keys = await c.get("services").signingKeys.list(project.id);
  const revision = state.problems ? formRevision(c.get("form")) : revisionOf(keys);
  return { context: pageContext(c), project, keys, revision, state, cancelHref: `${applicationsPath(c)}#keys` };
}
