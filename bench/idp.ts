// An identity provider for logins by the thousand, in a process of its own so that its cost can be told apart. It keeps
// nothing: the code it gives out carries what the token will say.

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export interface BenchIdp {
  issuer: string;
  pid: number;
  close(): void;
}

/** What a code stands for. */
export interface Grant {
  clientId: string;
  nonce: string | null;
  challenge: string;
  person: Person;
}

export interface Person {
  sub: string;
  email: string;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startBenchIdp(): Promise<BenchIdp> {
  const child: ChildProcess = fork(join(import.meta.dirname, "idp-child.ts"), { execArgv: ["--no-warnings"] });
  const issuer = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => resolve(String(message)));
    child.once("exit", () => reject(new Error("the identity provider did not start")));
  });
  return { issuer, pid: child.pid ?? 0, close: () => child.disconnect() };
}

/** The callback URL for an authorization request, as if this person had signed in. */
export function callbackFor(request: URL, person: Person): URL {
  const { searchParams } = request;
  const grant: Grant = {
    clientId: searchParams.get("client_id") ?? "",
    nonce: searchParams.get("nonce"),
    challenge: searchParams.get("code_challenge") ?? "",
    person,
  };
  const code = Buffer.from(JSON.stringify(grant)).toString("base64url");
  const callback = new URL(searchParams.get("redirect_uri") ?? "");
  callback.search = new URLSearchParams({ code, state: searchParams.get("state") ?? "", iss: request.origin }).toString();
  return callback;
}
