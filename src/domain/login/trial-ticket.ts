// The ticket of a trial: what a link from the console carries to the project's own host, where the console's cookies do not
// reach. Sealed for its project, good for five minutes and for one use.

import { newId } from "../../crypto/random.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { DomainError } from "../errors.ts";
import type { Actor } from "../events/event.ts";

export interface TrialTicket {
  /** The key under which it is consumed. */
  id: string;
  projectId: string;
  connectionId: string;
  /** Who asked for the trial. */
  actor: Actor;
  expiresAt: number;
}

/** Milliseconds. */
const LIFESPAN_MS = 5 * 60_000;

/** A new ticket, and its text. */
export async function issueTicket(
  sealer: Sealer,
  of: Pick<TrialTicket, "projectId" | "connectionId" | "actor">,
  now: number,
): Promise<{ text: string; expiresAt: number }> {
  const ticket: TrialTicket = { ...of, id: newId(now), expiresAt: now + LIFESPAN_MS };
  return { text: await sealer.seal(purpose(of.projectId), JSON.stringify(ticket)), expiresAt: ticket.expiresAt };
}

/**
 * The ticket of a text, before it is consumed.
 * @throws {DomainError} `trial_ticket_invalid` when it is not ours, not this project's, or too old
 */
export async function readTicket(sealer: Sealer, projectId: string, text: string, now: number): Promise<TrialTicket> {
  const opened = await sealer.open(purpose(projectId), text);
  const ticket = opened === undefined ? undefined : (JSON.parse(opened) as TrialTicket);
  if (!ticket || now >= ticket.expiresAt) throw invalidTicket();
  return ticket;
}

/** Unknown, another project's, expired and used are never told apart. */
export function invalidTicket(): DomainError {
  return new DomainError({
    kind: "gone",
    code: "trial_ticket_invalid",
    message: "This link to try a connection has expired or was used already. Start again from the connection's page.",
  });
}

function purpose(projectId: string): string {
  return `trial_ticket/${projectId}`;
}
