// Sentences for people: one for every reason, and none of them technical.

import { expect, it } from "vitest";
import { REFUSAL_REASONS } from "../../src/protocols/connector.ts";
import { errorPage } from "../../src/views/pages/error.tsx";
import { isRefusalReason, refusalSentence } from "../../src/views/refusal-sentences.ts";

it.each(REFUSAL_REASONS)("%s has a sentence without a protocol's words", (reason) => {
  const { title, sentence } = refusalSentence(reason);
  expect(`${title} ${sentence}`).not.toMatch(/token|nonce|oidc|openid|issuer|jwks|claim|signature|_/i);
  expect(sentence).toMatch(/[.]$/);
});

it("an error page shows the reference and what to do, never the code it was given", async () => {
  for (const reason of ["signature_invalid", "made_up_code", "constructor", "__proto__", "self_service_flow_expired"]) {
    const page = String(await errorPage({ status: 400, reason, reference: "ref-123", brand: "Northwind" }));
    expect(page).toContain("ref-123");
    expect(page).toContain("Try again");
    expect(page).not.toContain(reason);
  }
});

it("knows refusal reasons from other codes", () => {
  expect(isRefusalReason("iss_mismatch")).toBe(true);
  for (const code of ["not_found", "toString", "__proto__"]) expect(isRefusalReason(code)).toBe(false);
});
