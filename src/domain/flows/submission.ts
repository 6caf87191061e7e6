// What a submitted form asks for. The table of steps (T14): every action is complete in itself and is judged from its own
// fields and fresh rows, so no order of posts, and no field of a later step, gets a person further than an earlier one.
//
//   method                        needs                        asks the login room for
//   identifier_first, profile     an address                   the routing of the address
//   password                      an address, a password       a password login or registration, which routes again
//   oidc (or a provider alone)    a connection id              the start of a round trip, whose callback admits
//   anything else                                              nothing: the same step again, with a message

import { type EmailAddress, parseEmailAddress } from "../domains/email-address.ts";
import type { FlowKind, FlowMethod, FlowProgress } from "./flow.ts";
import { type FlowMessage, missing, noMethod, notAnAddress } from "./messages.ts";

/** The fields of a form or JSON body that flows know, as text. */
export interface SubmittedFields {
  method?: string | undefined;
  identifier?: string | undefined;
  password?: string | undefined;
  provider?: string | undefined;
  email?: string | undefined;
  name?: string | undefined;
  screen?: string | undefined;
}

export type Submission =
  | { action: "route"; active: FlowMethod; address: EmailAddress; name: string | undefined }
  | { action: "password"; address: EmailAddress; password: string; name: string | undefined }
  | { action: "sso"; connectionId: string; address: EmailAddress | undefined }
  | { action: "start_over" }
  | { action: "again"; active: FlowMethod | undefined; messages: FlowMessage[] };

/** Longest name, characters. */
const NAME_MAX_LENGTH = 200;

/** Reads a submission. `progress` supplies the address when the fields have none, as for an SSO button pressed in step two. */
export function readSubmission(kind: FlowKind, fields: SubmittedFields, progress: FlowProgress): Submission {
  if (fields.method === "profile" && fields.screen === "previous") return { action: "start_over" };
  const addressField = kind === "login" ? "identifier" : "traits.email";
  const typed = (kind === "login" ? fields.identifier : (fields.email ?? fields.identifier)) ?? progress.identifier ?? "";
  const parsed = parseEmailAddress(typed);
  const address = parsed.ok ? parsed.address : undefined;

  if (fields.provider && (fields.method === undefined || fields.method === "oidc")) {
    return { action: "sso", connectionId: fields.provider, address };
  }
  if (fields.method === "oidc") return again("oidc", missing("provider", "Choose a sign-in provider."));
  if (fields.method !== "password" && fields.method !== "identifier_first" && fields.method !== "profile") {
    return again(undefined, noMethod(kind));
  }
  if (!parsed.ok) {
    const problem =
      parsed.reason === "empty"
        ? missing(addressField, parsed.message)
        : notAnAddress(addressField, parsed.message, parsed.reason);
    return again(fields.method, problem);
  }
  const name = readName(fields.name ?? progress.name);
  if (name !== undefined && name.length > NAME_MAX_LENGTH) {
    return again(fields.method, notAnAddress("traits.name", `Use at most ${NAME_MAX_LENGTH} characters.`, "too_long"));
  }
  if (fields.method !== "password") return { action: "route", active: fields.method, address: parsed.address, name };
  if (!fields.password) return again("password", missing("password", "Enter a password."));
  return { action: "password", address: parsed.address, password: fields.password, name };
}

function readName(input: string | undefined): string | undefined {
  const name = (input ?? "").replaceAll(/[\p{C}\s]+/gu, " ").trim();
  return name === "" ? undefined : name;
}

function again(active: FlowMethod | undefined, message: FlowMessage): Submission {
  return { action: "again", active, messages: [message] };
}
