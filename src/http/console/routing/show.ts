// GET /projects/:project_id/routing?email=: the decision that the sign-in page would take now, asked of D1 like there.

import { type EmailAddress, parseEmailAddress } from "../../../domain/domains/email-address.ts";
import type { RoutingDecision } from "../../../domain/login/routing.ts";
import { doorsOf } from "../../../domain/projects/hosts.ts";
import { RoutingPage } from "../../../views/console/pages/routing/show.tsx";
import type { FormProblems } from "../../../views/console/parts/fields.tsx";
import type { AppContext } from "../../context.ts";
import { problem } from "../form.ts";
import { hrefOf } from "../listing.ts";
import { answerPage, pageContext, projectPath } from "../page.ts";

interface Answer {
  routed?: { address: EmailAddress; routing: RoutingDecision };
  problems?: FormProblems;
}

/** At most one D1 round trip besides the operator's own. */
export async function showRouting(c: AppContext) {
  const email = c.req.query("email");
  const { routed, problems } = email === undefined ? {} : await ask(c, email);
  const project = c.get("project");
  return answerPage(c, {
    title: "Routing",
    section: "routing",
    status: problems?.status ?? 200,
    body: RoutingPage({
      context: pageContext(c),
      path: `${projectPath(c)}/routing`,
      state: { values: { email: email ?? "" }, problems },
      routed,
      project,
      doors: doorsOf(project, c.get("services").config),
      apiPath: hrefOf(`/projects/${project.id}/routing`, { email: routed?.address.typed ?? "ada@acme.example" }),
    }),
  });
}

async function ask(c: AppContext, email: string): Promise<Answer> {
  const parsed = parseEmailAddress(email);
  if (!parsed.ok) return { problems: problem("email", parsed.message) };
  const { address } = parsed;
  return { routed: { address, routing: await c.get("services").login.route(c.get("project"), address) } };
}
