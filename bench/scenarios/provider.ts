// Orgate as OpenID Provider: the token endpoint.

import { challengeOf } from "../load/requests.ts";
import type { Scenario, Stage } from "../scenario.ts";

const REDIRECT_URI = "https://app.example.com/callback";
const CODE_VERIFIER = "a-verifier-of-the-bench-that-is-long-enough-for-rfc-7636";

/** Codes are made ready beforehand by people who are signed in; redeeming one gives an access token and an ID token (ES256). */
export const redeemCode: Scenario = {
  name: "token",
  title: "token endpoint, authorization code",
  at: "orgate",
  async prepare(stage) {
    const app = await registerApp(stage);
    const request = new URLSearchParams({
      client_id: app.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "openid email",
      code_challenge: challengeOf(CODE_VERIFIER),
      code_challenge_method: "S256",
    });
    const headers = { authorization: `Basic ${btoa(`${app.client_id}:${app.client_secret}`)}` };
    return {
      steps: [
        {
          kind: "request",
          method: "GET",
          path: `/oauth2/auth?${request}&state=state{n}-long-enough&nonce=nonce{n}-long-enough`,
          headers: { cookie: "__Host-orgate_session={value}" },
          status: 303,
          contains: `${REDIRECT_URI}?code=`,
        },
        {
          kind: "redeem",
          path: "/oauth2/token",
          headers,
          redirectUri: REDIRECT_URI,
          codeVerifier: CODE_VERIFIER,
          status: 200,
          contains: '"id_token"',
        },
      ],
      values: stage.seeded.sessionTokens,
      onlyLast: true,
    };
  },
};

async function registerApp({ runtime, rootKey }: Stage): Promise<{ client_id: string; client_secret: string }> {
  const answer = await fetch(`http://${runtime.orgate.authority}/admin/clients`, {
    method: "POST",
    headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
    body: JSON.stringify({
      client_name: "Bench",
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code"],
      id_token_signed_response_alg: "ES256",
    }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST /admin/clients answered ${answer.status}: ${text}`);
  return JSON.parse(text) as { client_id: string; client_secret: string };
}
