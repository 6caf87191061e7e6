// Begins a round trip: finds the connection that is meant, refuses the unusable, and sends the browser to its IdP. At most
// one D1 round trip, and no write, but for the audit event of an IdP whose metadata cannot be used.

import type { Runtime } from "../../services.ts";
import { loginStore } from "../../storage/login.ts";
import type { Connection } from "../connections/connection.ts";
import { CALLBACKS } from "../connections/draft.ts";
import type { EmailAddress } from "../domains/email-address.ts";
import type { RequestContext } from "../events/event.ts";
import type { Project } from "../projects/project.ts";
import { activeOwner } from "./admission.ts";
import { refuseConnection } from "./connection-state.ts";
import type { Choose, ForApp, LoginRefused, LoginService, ProofDemand, Started, StartLink } from "./login.ts";
import { refuse, refused } from "./refusal.ts";
import { createThrottle } from "./throttle.ts";
import {
  newTransaction,
  sealTransaction,
  TRANSACTION_LIFESPAN_MS,
  type Transaction,
  transactionCookieName,
} from "./transaction.ts";

/** Milliseconds between two audit events of one connection that cannot even be begun, for the same reason. */
const START_FAILURE_PERIOD_MS = 60_000;

type Organization = { id: string; state: "enabled" | "disabled" };
type HintDomain = { organizationId: string; state: "active" | "pending" } | null;

export function createSsoStart(runtime: Runtime): Pick<LoginService, "startSso" | "startFromLink"> {
  const storeOf = (projectId: string) => loginStore(runtime.databaseFor(projectId), projectId);
  const mayRecordFailure = createThrottle(START_FAILURE_PERIOD_MS);

  const startSso: LoginService["startSso"] = async (project, request, context) => {
    const facts = await storeOf(project.id).startFacts(request.connectionId, request.loginHint?.domain);
    const { connection } = facts;
    if (!connection || (request.organizationId !== undefined && connection.organizationId !== request.organizationId)) {
      return refused("connection_not_found", context.requestId);
    }
    const unusable = refuseConnection(connection, facts.organization);
    if (unusable) return refused(unusable, context.requestId);
    return begin(project, connection, hintFor(connection, request.loginHint, facts.hintDomain), request, context);
  };

  const startFromLink: LoginService["startFromLink"] = async (project, link, context) => {
    const { target, loginHint } = link;
    if (target.by === "connection") return startSso(project, { ...link, connectionId: target.connectionId }, context);
    if (target.by === "email") {
      const facts = await storeOf(project.id).domainStartFacts(target.address.domain);
      if (facts.domain?.state !== "active" || !facts.organization)
        return refused("no_organization_for_address", context.requestId);
      return choose(
        project,
        facts.connections,
        [facts.organization],
        { ...link, loginHint: target.address },
        facts.domain,
        context,
      );
    }
    const named = target.by === "organization" ? { organizationId: target.organizationId } : { issuer: target.issuer };
    const facts = await storeOf(project.id).linkFacts(named, loginHint?.domain);
    return choose(project, facts.connections, facts.organizations, link, facts.hintDomain, context);
  };

  return { startSso, startFromLink };

  /** Goes on with the one usable connection, lets the person choose among several, or refuses like an unknown id (T16). */
  async function choose(
    project: Project,
    candidates: Connection[],
    organizations: Organization[],
    link: StartLink,
    hintDomain: HintDomain,
    context: RequestContext,
  ): Promise<Started | Choose | LoginRefused> {
    const refusalOf = (c: Connection) => refuseConnection(c, organizations.find((o) => o.id === c.organizationId) ?? null);
    const [only, ...others] = candidates.filter((c) => refusalOf(c) === undefined);
    if (!only) return refused((candidates[0] && refusalOf(candidates[0])) ?? "connection_not_found", context.requestId);
    if (others.length > 0) return { ok: true, choose: { organizationId: only.organizationId } };
    return begin(project, only, hintFor(only, link.loginHint, hintDomain), link, context);
  }

  async function begin(
    project: Project,
    connection: Connection,
    loginHint: string | undefined,
    request: ProofDemand & ForApp & { returnTo: string; base: string },
    context: RequestContext,
  ): Promise<Started | LoginRefused> {
    const base = doorsOfCallback(connection.redirectUri);
    if (base !== request.base) return { ok: true, moveTo: moveTo(base, connection, loginHint, request) };
    const begun = newTransaction(project, connection, request.returnTo, runtime.clock());
    const start = await runtime.connector.start(connection, {
      state: begun.state,
      nonce: begun.nonce,
      codeVerifier: begun.codeVerifier,
      ...(loginHint === undefined ? {} : { loginHint }),
      ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
      ...(request.maxAge === undefined ? {} : { maxAge: request.maxAge }),
    });
    if (!start.ok) {
      // Anybody can begin a login, so what is wrong with an IdP is recorded once a minute, not once an attempt.
      if (!mayRecordFailure(`${connection.id} ${start.reason}`, runtime.clock()))
        return refused(start.reason, context.requestId, request);
      return refuse(runtime, {
        type: "login.refused",
        projectId: project.id,
        reason: start.reason,
        context,
        about: { organizationId: connection.organizationId, connectionId: connection.id },
        ...(start.detail === undefined ? {} : { detail: start.detail }),
        failedConnection: true,
        returnTo: request.returnTo,
      });
    }
    const demand = request.maxAge === undefined ? {} : { maxAge: request.maxAge, begunAt: runtime.clock() };
    const forApp = request.exchange === undefined ? {} : { initCodeHash: request.exchange.initCodeHash };
    const transaction: Transaction = { ...begun, ...demand, ...forApp, issRequired: start.issRequired };
    const value = await sealTransaction(runtime.sealer, transaction);
    return {
      ok: true,
      location: start.url,
      cookie: { name: transactionCookieName(begun.state), value, maxAge: TRANSACTION_LIFESPAN_MS / 1000 },
    };
  }
}

/** What the person typed, and only into that organization's IdP (T15). */
function hintFor(connection: Connection, hint: EmailAddress | undefined, hintDomain: HintDomain): string | undefined {
  if (!hint || connection.organizationId === null) return undefined;
  return activeOwner(hintDomain) === connection.organizationId ? hint.typed : undefined;
}

/** Where the doors stand that a callback belongs to (`doorsOf` when the connection was made). */
export function doorsOfCallback(redirectUri: string): string {
  return redirectUri.slice(0, redirectUri.indexOf(CALLBACKS));
}

/** The same start on the host that the connection's callback is on: cookies do not cross hosts. */
function moveTo(
  base: string,
  connection: Connection,
  loginHint: string | undefined,
  request: ProofDemand & ForApp & { returnTo: string },
): URL {
  const url = new URL(`${base}/sso/start`);
  url.searchParams.set("connection", connection.id);
  if (loginHint !== undefined) url.searchParams.set("login_hint", loginHint);
  if (request.prompt !== undefined) url.searchParams.set("prompt", request.prompt);
  if (request.maxAge !== undefined) url.searchParams.set("max_age", String(request.maxAge));
  if (request.exchange !== undefined) url.searchParams.set("exchange", request.exchange.ticket);
  url.searchParams.set("return_to", request.returnTo);
  return url;
}
