// When a person has to sign in (again) before an app gets a code: the library's own rules, and ours about organizations.

import { errors, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { admitsOrganization } from "../../domain/clients/client.ts";
import type { ClaimsSource } from "../../domain/provider/claims.ts";
import { ORGATE_METADATA, type OrgateMetadata } from "./client-metadata.ts";
import { unmet } from "./login-url.ts";
import type { ProviderRequest } from "./request.ts";

const { Check, Prompt } = interactionPolicy;

/**
 * `login` and `select_account` send the person to the hosted login. `consent` may be asked for and is always given already:
 * every app is registered by the project itself. An app that is marked as a stranger (`skip_consent: false`) is refused.
 */
export function createPolicy(current: () => ProviderRequest): interactionPolicy.Prompt[] {
  const policy = interactionPolicy.base();
  const login = policy.get("login");
  login?.checks.add(
    new Check("organization", "another organization is asked for", "login_required", (ctx) => {
      const { session } = current();
      const wanted = ctx.oidc.params?.["organization"];
      return session !== undefined && wanted !== undefined && session.session.organizationId !== wanted;
    }),
  );
  login?.checks.add(
    new Check("connection", "another connection is asked for", "login_required", (ctx) => {
      const { session } = current();
      const wanted = ctx.oidc.params?.["connection"];
      return session !== undefined && wanted !== undefined && session.session.connectionId !== wanted;
    }),
  );
  const consent = policy.get("consent");
  consent?.checks.clear();
  consent?.checks.add(
    new Check("app", "the app may not be used", (ctx) => {
      refuseApp(ctx, current());
      return false;
    }),
  );
  return [...(login ? [login] : []), new Prompt({ name: "select_account", requestable: true }), ...(consent ? [consent] : [])];
}

/** Metadata of ours on the library's client. */
export function orgateMetadata(client: unknown): OrgateMetadata {
  return (client as Record<typeof ORGATE_METADATA, OrgateMetadata>)[ORGATE_METADATA];
}

/**
 * @throws {errors.AccessDenied} for a login that is not what was demanded (T121), for a person of an organization that the app
 *   is not for (T119), and for strangers' apps
 */
function refuseApp(ctx: KoaContextWithOIDC, request: ProviderRequest): void {
  const { session, resumed } = request;
  const reason = resumed && unmet(resumed, request);
  if (reason !== undefined) throw new errors.AccessDenied(reason);
  const { skipConsent } = orgateMetadata(ctx.oidc.client);
  if (!skipConsent) throw consentMissing(ctx);
  if (!session || !admitsPerson(ctx.oidc.client, session)) {
    throw new errors.AccessDenied("this app is not for the person's organization");
  }
}

/** Whether an app is for the people of a session's organization. */
export function admitsPerson(client: unknown, { session }: ClaimsSource): boolean {
  return admitsOrganization(orgateMetadata(client), session.organizationId);
}

/** There is no consent page. A silent request is told what it would take (OpenID Connect Core 1.0, section 3.1.2.6). */
function consentMissing(ctx: KoaContextWithOIDC): Error {
  const why = "this app needs the person's consent, which is not offered here";
  return ctx.oidc.prompts.has("none") ? new errors.ConsentRequired(why) : new errors.AccessDenied(why);
}
