// What the catalogue consists of: one deviation of an IdP (or one honest variant), and what must come of it.

import type { JWK } from "jose";
import type { Connection } from "../../../../src/domain/connections/connection.ts";
import type { LoginRefusalReason } from "../../../../src/domain/login/login.ts";
import type { RefusalReason } from "../../../../src/protocols/connector.ts";
import type { Fault, Idp, Mutation } from "../idp.ts";

/** Which of the IdP's answers deviates. A bad discovery is met before the browser is sent, a bad callback before the code is. */
export type DeviantAnswer = "discovery" | "callback" | "token" | "id_token" | "jwks" | "userinfo";

export interface IdpMutation {
  /** An OpenID or FAPI client module, a threat (T) or a fault (F), or the section of a standard. */
  id: string;
  title: string;
  path: DeviantAnswer;
  expect: RefusalReason | "accepted";
  /** Requests that the token endpoint may get. */
  tokenCalls: 0 | 1;
  /** Makes the IdP deviate, before the login begins; what it returns is given to `idp.mutate()`. */
  mutate(idp: Idp): Mutation | undefined | Promise<Mutation | undefined>;
  /** Changes what the browser brings back. */
  callback?: (url: URL, idp: Idp) => void;
  /** A whole login refuses it for this reason, because the door itself looks first. */
  atTheDoor?: LoginRefusalReason;
  /** Settings of the connection under which it is met. */
  connection?: Partial<Pick<Connection, "claimsSource" | "idTokenSignedResponseAlg">>;
  /** Algorithm of the IdP's first key; default RS256. */
  alg?: string;
}

type Row = Pick<IdpMutation, "title" | "expect"> &
  Partial<IdpMutation> & { claims?: Record<string, unknown>; header?: Record<string, unknown> };

/** One deviation. `claims` and `header` are short for a `mutate` that changes only these. */
export function mutation({ claims, header, ...row }: Row & Pick<IdpMutation, "id" | "path">): IdpMutation {
  const short = claims || header ? () => ({ ...(claims ? { claims } : {}), ...(header ? { header } : {}) }) : () => undefined;
  return {
    tokenCalls: row.path === "discovery" || row.path === "callback" ? 0 : 1,
    mutate: short,
    ...(row.path === "userinfo" ? { connection: { claimsSource: "userinfo" } } : {}),
    ...row,
  };
}

/** The variants of one rule. */
export function variants(id: string, path: DeviantAnswer, rows: Row[]): IdpMutation[] {
  return rows.map((row) => mutation({ id, path, ...row }));
}

/** Rows for `test.each` with "%s" in front: vitest shortens what a title takes from an object. */
export function titled(deviations: readonly IdpMutation[]): [title: string, deviation: IdpMutation][] {
  return deviations.map((deviation) => [`${deviation.id}: ${deviation.title}: ${deviation.expect}`, deviation]);
}

/** Lets the IdP deviate as the catalogue says. */
export async function arrange(idp: Idp, deviation: IdpMutation): Promise<void> {
  const change = await deviation.mutate(idp);
  if (change) idp.mutate(change);
}

/** An answer of one's own. */
export function answering(body: BodyInit | null, type: string, status = 200, headers: Record<string, string> = {}): Fault {
  return () => new Response(body, { status, headers: { "content-type": type, ...headers } });
}

export function answeringJson(body: unknown, status = 200, headers: Record<string, string> = {}): Fault {
  return answering(JSON.stringify(body), "application/json", status, headers);
}

export function redirecting(status: number, location: string): Fault {
  return () => new Response(null, { status, headers: { location } });
}

/** A body that never ends. */
export function endless(type = "application/json"): Fault {
  return () =>
    new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536).fill(32)) }), {
      headers: { "content-type": type },
    });
}

/** The published keys, each changed. */
export function published(change: (key: JWK) => unknown): Mutation {
  return { jwks: (keys) => ({ keys: keys.map(change) }) };
}
