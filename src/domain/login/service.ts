// The login room: reads, decides, commits. Single sign-on begins in sso-start.ts and ends in sso-finish.ts; passwords are
// in local.ts. All end in one kind of answer and one audit event.

import type { Runtime } from "../../services.ts";
import { loginStore } from "../../storage/login.ts";
import { notFound } from "../errors.ts";
import { latestSettings } from "../projects/project.ts";
import { createLocalLogin } from "./local.ts";
import type { LoginService } from "./login.ts";
import { route } from "./routing.ts";
import { createSsoFinish } from "./sso-finish.ts";
import { createSsoStart } from "./sso-start.ts";
import { createSsoTrial } from "./sso-trial.ts";

export function createLoginService(runtime: Runtime): LoginService {
  const store = (projectId: string) => loginStore(runtime.databaseFor(projectId), projectId);
  const trials = createSsoTrial(runtime);
  return {
    async route(project, address) {
      const facts = await store(project.id).routingFacts(address.domain);
      if (!facts.project) throw notFound("project");
      return route({ ...facts, project: latestSettings(facts.project, project) });
    },
    async routeOrganization(project, organizationId) {
      const { organizations, connections } = await store(project.id).linkFacts({ organizationId }, undefined);
      const [organization] = organizations;
      if (!organization) return undefined;
      const domain = { organizationId, state: "active" } as const;
      return route({ domain, organization, connections, social: [], project: { passwordLogin: false } });
    },
    async socialConnections(project) {
      const connections = await store(project.id).socialConnections();
      return connections.map(({ id, label, provider }) => ({ id, label, provider }));
    },
    ...createSsoStart(runtime),
    offerTrial: trials.offerTrial,
    startTrial: trials.startTrial,
    ...createSsoFinish(runtime, trials),
    ...createLocalLogin(runtime),
  };
}
