// GET /: the account page of whoever is signed in; everybody else is sent to sign in.

import type { Project } from "../../domain/projects/project.ts";
import type { Session } from "../../domain/sessions/session.ts";
import type { Services } from "../../services.ts";
import { brandOf } from "../../views/brand.ts";
import { accountPage } from "../../views/pages/account.tsx";
import type { AppContext } from "../context.ts";
import { clearHostCookie, NOTICE_COOKIE, readCookie, sessionTokenOf } from "../cookies.ts";
import { formPagePolicy } from "../middleware/page-policy.ts";
import { baseOf } from "../return-target.ts";

export async function showAccount(c: AppContext): Promise<Response> {
  const token = sessionTokenOf(c);
  const { sessions, ...services } = c.get("services");
  const project = c.get("project");
  const found = token === undefined ? undefined : await sessions.authenticate(project.id, token);
  if (!token || !found?.ok) return c.redirect(`${c.get("mount")}/login`, 303);
  const { session, identity } = found;

  const notice = readCookie(c, NOTICE_COOKIE);
  if (notice !== undefined) clearHostCookie(c, NOTICE_COOKIE);
  formPagePolicy(c, { mayEndAtProvider: false });
  return c.html(
    accountPage({
      brand: brandOf(project, c.get("mount")),
      name: text(identity.traits["name"]),
      email: text(identity.traits["email"]) ?? identity.email ?? undefined,
      ...(await origins(services, project, session)),
      authenticatedAt: session.authenticatedAt,
      expiresAt: session.expiresAt,
      joined: notice === "joined_organization",
      logoutToken: sessions.logoutToken(project.id, token) ?? "",
      whoamiUrl: `${baseOf(c)}/sessions/whoami`,
      forDevelopers: services.config.allowInsecureIssuers,
    }),
  );
}

/** Names of the organization and connection that a session came from. */
async function origins({ login }: Pick<Services, "login">, project: Project, session: Session) {
  if (session.organizationId === null) {
    const social = session.connectionId === null ? [] : await login.socialConnections(project);
    return { organization: undefined, connection: social.find((c) => c.id === session.connectionId)?.label };
  }
  const organization = await login.routeOrganization(project, session.organizationId);
  if (!organization || organization.decision === "local") return { organization: undefined, connection: "Single sign-on" };
  const used = organization.connections.find((c) => c.id === session.connectionId);
  return { organization: organization.organizationLabel, connection: used?.label ?? "Single sign-on" };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
