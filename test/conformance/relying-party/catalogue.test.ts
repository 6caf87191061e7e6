// Every deviation of the catalogue, at the level of the connector: the exact reason, and who was asked for what. The same
// catalogue as whole logins is in whole-login.test.ts.

import { afterEach, describe, expect, test } from "vitest";
import { arrange, CATALOGUE, type IdpMutation, titled } from "../../support/idp/mutations/index.ts";
import { KIM, type RelyingParty, relyingParty } from "./harness.ts";

let rp: RelyingParty;
afterEach(() => rp.network.restore());

async function meet(deviation: IdpMutation): Promise<RelyingParty> {
  const { alg, connection = {} } = deviation;
  rp = await relyingParty({ ...(alg === undefined ? {} : { idp: { alg } }), connection });
  await arrange(rp.idp, deviation);
  return rp;
}

test.each(titled(CATALOGUE))("%s", async (_title, deviation) => {
  const { idp, network } = await meet(deviation);
  const outcome = await rp.login({
    callback: (url) => {
      deviation.callback?.(url, idp);
      return url;
    },
  });
  expect(outcome.ok ? "accepted" : outcome.reason).toBe(deviation.expect);
  expect(network.strangers).toEqual([]);
  expect(idp.to("token")).toHaveLength(deviation.tokenCalls);
  if (deviation.path === "discovery" && !outcome.ok) expect(network.requests.map(({ path }) => path)).toEqual(["discovery"]);
  if (deviation.path === "callback") expect(network.requests.map(({ path }) => path)).toEqual(["discovery"]);
  if (deviation.connection?.claimsSource !== "userinfo") expect(idp.to("userinfo")).toHaveLength(0);
  expect(JSON.stringify(outcome.ok ? outcome.assertion.traits : outcome)).not.toMatch(/secret-1|code-|access-|<b>|oops/);
  if (outcome.ok) expect(outcome.assertion).toMatchObject({ issuer: idp.issuer, email: KIM["email"], emailVerified: true });
});

describe("finish() itself refuses what checkResponse() refuses", () => {
  test.each(titled(CATALOGUE.filter(({ path }) => path === "callback")))("%s", async (_title, deviation) => {
    const { idp, connection, connector } = await meet(deviation);
    const begun = await rp.begin();
    if ("ok" in begun) throw new Error(begun.reason);
    const answer = await idp.authorize(begun.url, KIM);
    deviation.callback?.(answer, idp);
    const outcome = await connector.finish(connection, begun.roundTrip, answer.searchParams);
    expect(outcome).toMatchObject({ ok: false, reason: deviation.expect });
    expect(idp.to("token")).toHaveLength(0);
  });
});
