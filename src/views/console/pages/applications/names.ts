// What apps and their kinds are called.

import type { Client, ClientAuthMethod } from "../../../../domain/clients/client.ts";

/** Organizations of an app that a row of the list names; the rest is counted. */
export const NAMED_ORGANIZATIONS = 2;

/** The app's name. The API takes apps without one; their id stands for it. */
export function nameOf({ name, id }: Pick<Client, "name" | "id">): string {
  return name === "" ? id : name;
}

export const KINDS: Readonly<Record<ClientAuthMethod, string>> = {
  client_secret_basic: "Web server, with a secret",
  client_secret_post: "Web server, with a secret in the body",
  none: "Single-page or installed app, without a secret",
  private_key_jwt: "Server with a key of its own",
};

/** The path of an app in the admin API, which is on the project's own host. */
export function apiPath({ id }: Pick<Client, "id">, below = ""): string {
  return `/admin/clients/${id}${below}`;
}

/** Where the Express example runs unless it is told otherwise. */
const EXAMPLE_CALLBACK = "http://localhost:8802/callback";

/** The Express example as this app: what it is told, and the redirect address it needs when the app has none for it. */
export function expressExample(client: Client, issuer: string): { line: string; missing: string | undefined } | undefined {
  if (client.tokenEndpointAuthMethod !== "client_secret_basic") return undefined;
  const callback = client.redirectUris.find((uri) => /^http:\/\/localhost:[0-9]+\/callback$/.test(uri));
  const { origin } = new URL(callback ?? EXAMPLE_CALLBACK);
  const settings = `ISSUER='${issuer}' APP_URL='${origin}' CLIENT_ID='${client.id}' CLIENT_SECRET="$CLIENT_SECRET"`;
  return { line: `${settings} node examples/express-app/app.ts`, missing: callback ? undefined : EXAMPLE_CALLBACK };
}

/** For reading aloud and for comparing with other clocks: `2026-11-24 13:05 UTC`. */
export function exactly(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
