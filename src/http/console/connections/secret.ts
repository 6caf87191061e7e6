// GET and POST /console/projects/{project_id}/connections/{connection_id}/rotate-secret

import { SecretPage } from "../../../views/console/pages/connections/secret.tsx";
import type { FormProblems } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { attempt, formRevision } from "../form.ts";
import { done, pageContext } from "../page.ts";
import { answer, connectionOfPath, pathOf } from "./page.ts";

export function secretPage(c: AppContext): Promise<Response> {
  return page(c, undefined);
}

export async function secretSubmit(c: AppContext): Promise<Response> {
  const form = c.get("form");
  const { connections } = c.get("services");
  const projectId = c.get("project").id;
  const id = c.req.param("connection_id") ?? "";
  const context = c.get("requestContext");
  const act = async (): Promise<string> => {
    switch (form.text("action")) {
      case "forget":
        await connections.forgetPreviousSecret(projectId, id, context);
        return "The old secret is given up. Only the new one is used now.";
      case "restore":
        await connections.restoreSecret(projectId, id, context);
        return "The old secret is the only one again.";
      default: {
        const after = await connections.rotateSecret(projectId, id, form.secret("client_secret"), formRevision(form), context);
        return after.previousClientSecret === null
          ? "The new secret is stored."
          : "The new secret is tried first from now on. The old one is kept until a login has succeeded with the new one.";
      }
    }
  };
  const acted = await attempt(act);
  if (!acted.ok) return await page(c, acted.problems);
  return done(c, pathOf(c, { id }), acted.value);
}

async function page(c: AppContext, problems: FormProblems | undefined): Promise<Response> {
  const connection = await connectionOfPath(c);
  const title = `Rotate the secret of “${connection.label}”`;
  const body = SecretPage({ around: pageContext(c), connection, state: { values: {}, problems } });
  return await answer(c, { title, body, status: problems?.status ?? 200, below: connection });
}
