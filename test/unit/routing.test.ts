import { describe, expect, test } from "vitest";
import { type RoutingFacts, route } from "../../src/domain/login/routing.ts";

const connection = (id: string, state: "enabled" | "disabled" = "enabled") => ({
  id,
  label: `Label ${id}`,
  state,
  provider: "generic" as const,
});
const facts = (over: Partial<RoutingFacts> = {}): RoutingFacts => ({
  domain: { organizationId: "org-a", state: "active" },
  organization: { id: "org-a", label: "Acme", state: "enabled" },
  connections: [connection("c1")],
  social: [connection("google")],
  project: { passwordLogin: true },
  ...over,
});

describe("routing", () => {
  test.each<[string, RoutingFacts, string, string[], string[]]>([
    ["an organization with one connection", facts(), "sso", ["c1"], ["domain_claimed"]],
    [
      "an organization with several",
      facts({ connections: [connection("c1"), connection("c2")] }),
      "sso",
      ["c1", "c2"],
      ["domain_claimed", "several_connections"],
    ],
    [
      "only enabled connections count",
      facts({ connections: [connection("c1", "disabled"), connection("c2")] }),
      "sso",
      ["c2"],
      ["domain_claimed"],
    ],
    [
      "all connections disabled: no door opens (T65)",
      facts({ connections: [connection("c1", "disabled")] }),
      "blocked",
      [],
      ["domain_claimed", "no_enabled_connection"],
    ],
    ["no connection: no door opens", facts({ connections: [] }), "blocked", [], ["domain_claimed", "no_connection"]],
    [
      "a disabled organization: no door opens (T65)",
      facts({ organization: { id: "org-a", label: "Acme", state: "disabled" } }),
      "blocked",
      [],
      ["domain_claimed", "organization_disabled"],
    ],
    [
      "an ordinary address",
      facts({ domain: null, organization: null, connections: [] }),
      "local",
      ["google"],
      ["domain_not_claimed", "password_login_enabled", "social_sign_in_available"],
    ],
    [
      "a pending claim changes nothing (T47)",
      facts({ domain: { organizationId: "org-e", state: "pending" } }),
      "local",
      ["google"],
      ["domain_claim_pending", "password_login_enabled", "social_sign_in_available"],
    ],
    [
      "passwords switched off",
      facts({ domain: null, organization: null, social: [], project: { passwordLogin: false } }),
      "local",
      [],
      ["domain_not_claimed", "password_login_disabled"],
    ],
  ])("%s", (_name, given, decision, connections, reasons) => {
    const result = route(given);
    expect(result.decision).toBe(decision);
    expect(result.connections.map((c) => c.id)).toEqual(connections);
    expect(result.reasons).toEqual(reasons);
  });

  test("social sign-in is never offered to an organization's address", () => {
    expect(route(facts()).connections).not.toContainEqual(expect.objectContaining({ id: "google" }));
  });
});
