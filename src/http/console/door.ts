// The console: the table of contents of its pages. Operators sign in at the operators' own doors, the same that every
// project has, mounted here; what is behind those asks for an operator's session and, page by page, for their role.

import { Hono } from "hono";
import { brandingDoor } from "../branding/door.ts";
import type { AppEnv } from "../context.ts";
import { consoleProject, setUpFirst } from "../middleware/project.ts";
import { shield } from "../middleware/shield.ts";
import { selfServiceDoor } from "../selfservice/door.ts";
import { ssoDoor } from "../sso/door.ts";
import { apiKeysPages } from "./api-keys/door.ts";
import { applicationsPages } from "./applications/door.ts";
import { connectionsPages } from "./connections/door.ts";
import { eventsPages } from "./events/door.ts";
import { operatorForm } from "./form.ts";
import { identitiesPages } from "./identities/door.ts";
import { requireOperator } from "./operator.ts";
import { operatorsPages } from "./operators/door.ts";
import { invitationDoor } from "./operators/invitation.ts";
import { setupDoor } from "./operators/setup.ts";
import { organizationsPages } from "./organizations/door.ts";
import { projectsPages } from "./projects/door.ts";
import { routingPages } from "./routing/door.ts";

/** Mounted at `/console` of the base host. */
export function consoleDoor(): Hono<AppEnv> {
  const door = new Hono<AppEnv>();
  door.route("/", setupDoor); //             whoever has the root key, until there is an operator

  door.use(consoleProject, shield);
  door.route("/", invitationDoor); //        whoever has the link of an invitation

  door.use("/login", setUpFirst);
  for (const path of ["/", "/projects/*"]) door.use(path, requireOperator, operatorForm);
  door.route("/", projectsPages);
  door.route("/", organizationsPages);
  door.route("/", identitiesPages);
  door.route("/", connectionsPages);
  door.route("/", routingPages);
  door.route("/", applicationsPages);
  door.route("/", apiKeysPages);
  door.route("/", eventsPages);
  door.route("/", operatorsPages);

  door.route("/", brandingDoor);
  door.route("/", ssoDoor); //               the operators' own doors: sign in, sign out, their sessions
  door.route("/", selfServiceDoor());
  return door;
}
