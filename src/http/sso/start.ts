// GET /sso/start: a link that starts a login, by address, organization, connection or issuer. Also the endpoint for
// third-party-initiated login (OpenID Connect Core 1.0, section 4), which names `iss` and may name `target_link_uri`.

import { parseEmailAddress } from "../../domain/domains/email-address.ts";
import { unacceptable } from "../../domain/errors.ts";
import type { StartLink } from "../../domain/login/login.ts";
import type { AppContext } from "../context.ts";
import { setHostCookie } from "../cookies.ts";
import { onlyGet } from "../middleware/only-get.ts";
import { readProofDemand } from "../proof-demand.ts";
import { baseOf, requireReturnTarget } from "../return-target.ts";
import { completeRedirect } from "../security-headers.ts";
import { readExchange } from "../session-exchange.ts";
import { refusedResponse } from "./refused.ts";
import { relieveTransactionCookies } from "./transaction-cookies.ts";

/** Any other parameter but those of `readProofDemand` is ignored: none reaches the IdP (T15). */
const TARGETS = ["email", "organization", "connection", "iss"] as const;

export async function start(c: AppContext): Promise<Response> {
  onlyGet(c);
  const target = targetOf(c);
  const returnTo = requireReturnTarget(c, c.req.query("return_to") ?? c.req.query("target_link_uri"));
  const hint = parseEmailAddress(c.req.query("login_hint") ?? "");
  const link: StartLink = {
    target,
    returnTo,
    base: baseOf(c),
    ...readProofDemand(c),
    ...(await readExchange(c, returnTo)),
    ...(hint.ok ? { loginHint: hint.address } : {}),
  };
  const started = await c.get("services").login.startFromLink(c.get("project"), link, c.get("requestContext"));

  if (!started.ok) return refusedResponse(c, started);
  if ("choose" in started) return c.redirect(loginPage(started.choose.organizationId, link), 303);
  if ("moveTo" in started) return c.redirect(started.moveTo.href, 303);
  if (!relieveTransactionCookies(c)) return completeRedirect(c, started.location.href, started.cookie);
  setHostCookie(c, started.cookie.name, started.cookie.value, started.cookie.maxAge);
  return c.redirect(started.location.href, 303);
}

/** @throws {DomainError} 422 naming the parameter when none, several, or an unreadable one is given */
function targetOf(c: AppContext): StartLink["target"] {
  const given = TARGETS.filter((name) => c.req.query(name) !== undefined);
  const [name] = given;
  if (!name || given.length > 1) {
    throw unacceptable([
      { field: given[1] ?? "email", code: "one_of", message: "Give one of email, organization, connection or iss." },
    ]);
  }
  if ((c.req.queries(name) ?? []).length > 1) {
    throw unacceptable([{ field: name, code: "duplicate", message: "This parameter may be given once." }]);
  }
  const value = c.req.query(name) ?? "";
  switch (name) {
    case "connection":
      return { by: "connection", connectionId: value };
    case "organization":
      return { by: "organization", organizationId: value };
    case "iss":
      return { by: "issuer", issuer: value };
    case "email": {
      const parsed = parseEmailAddress(value);
      if (!parsed.ok) throw unacceptable([{ field: "email", code: parsed.reason, message: parsed.message }]);
      return { by: "email", address: parsed.address };
    }
  }
}

function loginPage(organizationId: string | null, link: StartLink): string {
  const url = new URL(`${link.base}/login`);
  if (organizationId !== null) url.searchParams.set("organization", organizationId);
  const address = link.target.by === "email" ? link.target.address : link.loginHint;
  if (address) url.searchParams.set("login_hint", address.typed);
  if (link.prompt !== undefined) url.searchParams.set("prompt", link.prompt);
  if (link.maxAge !== undefined) url.searchParams.set("max_age", String(link.maxAge));
  if (link.prompt !== undefined || link.maxAge !== undefined) url.searchParams.set("refresh", "true");
  url.searchParams.set("return_to", link.returnTo);
  return url.href;
}
