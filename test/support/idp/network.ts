// Puts in-process IdPs where the internet would be: globalThis.fetch reaches them by host, and nothing else.
//
//   const network = connectNetwork(idpA, idpB);
//   network.requests     // everything that was sent, in order
//   network.strangers    // hosts that were asked for and are nobody's: each such request fails like an unknown host
//   network.clear(); network.restore();

import { vi } from "vitest";
import type { Idp } from "./idp.ts";

export type Path = "discovery" | "jwks" | "token" | "userinfo" | "other";

export interface LoggedRequest {
  method: string;
  url: URL;
  headers: Headers;
  body: string;
  path: Path;
  redirect: string | undefined;
}

export interface Network {
  requests: LoggedRequest[];
  strangers: string[];
  /** Further hosts of an IdP, or servers that are none. */
  host(name: string, answer: (request: LoggedRequest) => Response | Promise<Response>): void;
  clear(): void;
  restore(): void;
}

export function connectNetwork(...idps: Idp[]): Network {
  const hosts = new Map(idps.map((idp) => [idp.host, idp.answer]));
  const network: Network = {
    requests: [],
    strangers: [],
    host: (name, answer) => void hosts.set(name, async (request) => await answer(request)),
    clear() {
      network.requests.length = 0;
      network.strangers.length = 0;
      for (const idp of idps) idp.requests.length = 0;
    },
    restore: () => spy.mockRestore(),
  };
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as string, init as RequestInit);
    const url = new URL(request.url);
    const logged: LoggedRequest = {
      method: request.method,
      url,
      headers: request.headers,
      body: new TextDecoder().decode(await request.arrayBuffer()),
      path: "other",
      redirect: init?.redirect,
    };
    network.requests.push(logged);
    const answer = hosts.get(url.host);
    if (answer) return await answer(logged);
    network.strangers.push(url.host);
    throw new TypeError("internal error; unknown host");
  });
  return network;
}
