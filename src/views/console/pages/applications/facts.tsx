// What an app has to be told of the project, ready to be copied.

import type { Client } from "../../../../domain/clients/client.ts";
import { CopyBox } from "../../../components/form.tsx";
import { CopyValue, Facts, Panel } from "../../parts/blocks.tsx";
import { expressExample } from "./names.ts";

interface ToldProps {
  client: Client;
  issuer: string;
}

export function WhatTheAppIsTold({ client, issuer }: ToldProps) {
  return (
    <Panel title="What the app has to be told" lead="Its library finds everything else at the discovery address.">
      <Facts
        items={[
          ["Issuer", <CopyValue text={issuer} label="the issuer" />],
          ["Client ID", <CopyValue text={client.id} label="the client ID" />],
          [
            "Discovery",
            <CopyValue text={`${issuer}/.well-known/openid-configuration`} label="the address of the discovery document" />,
          ],
          ["Public keys (JWKS)", <CopyValue text={`${issuer}/.well-known/jwks.json`} label="the address of the public keys" />],
          [
            client.redirectUris.length > 1 ? "One of the redirect URIs" : "Redirect URI",
            <ul class="plain-list">
              {client.redirectUris.map((uri) => (
                <li>
                  <CopyValue text={uri} label={`the redirect URI ${uri}`} />
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
    </Panel>
  );
}

/** The repository's Express example, run as this app. */
export function ExampleLines({ client, issuer }: ToldProps) {
  const example = expressExample(client, issuer);
  if (example === undefined) return null;
  return (
    <Panel title="Try it with an example" lead="From the folder of Orgate's source, with the secret in CLIENT_SECRET.">
      <CopyBox text={example.line} label="Copy the command for the Express example" />
      {example.missing === undefined ? null : (
        <p class="hint">
          Add <code>{example.missing}</code> to the redirect addresses first.
        </p>
      )}
      <p class="hint">
        There are others, for Hono on Workers and for an app on the same site; the README of each says how it is told its
        settings.
      </p>
    </Panel>
  );
}
