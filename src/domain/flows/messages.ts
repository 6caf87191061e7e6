// What a flow says, with the message ids that clients of this API know. Texts are ours where theirs would reveal whether
// an account exists or speak of things that a person cannot do here.

import type { LoginRefusalReason } from "../login/login.ts";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "../login/password-policy.ts";

export interface FlowMessage {
  id: number;
  text: string;
  type: "info" | "error" | "success";
  context?: Record<string, unknown> | undefined;
  /** Name of the field it is about; without one it is about the whole flow. */
  field?: string | undefined;
}

/** A field is empty. */
export function missing(field: string, text: string): FlowMessage {
  return { id: 4000002, text, type: "error", context: { property: field }, field };
}

/** An e-mail address that cannot be one. */
export function notAnAddress(field: string, text: string, reason: string): FlowMessage {
  return { id: 4000040, text, type: "error", context: { reason }, field };
}

/** The submitted fields fit no method, or one that this step does not offer (T14). */
export function noMethod(kind: "login" | "registration"): FlowMessage {
  return kind === "login"
    ? { id: 4010002, text: "Could not find any strategy to log you in with. Did you fill out the form correctly?", type: "error" }
    : {
        id: 4010003,
        text: "Could not find any strategy to sign you up with. Did you fill out the form correctly?",
        type: "error",
      };
}

/** The flow was open for too long and a fresh one has taken its place. */
export function flowExpired(kind: "login" | "registration"): FlowMessage {
  return kind === "login"
    ? { id: 4010001, text: "This page was open for too long. Please start again.", type: "error" }
    : { id: 4040001, text: "This page was open for too long. Please start again.", type: "error" };
}

/** The organization of the address has no connection that could be used. */
export const NO_SSO_PROVIDER: FlowMessage = {
  id: 5000003,
  text: "Your organization requires single sign-on, but no sign-in provider is available. Ask your organization’s administrator to enable one.",
  type: "error",
};

/** The project offers nothing to somebody without an organization. */
export const NO_LOCAL_METHOD: FlowMessage = {
  id: 5000002,
  text: "This way of signing in is not offered for this address. Ask your administrator how to get access.",
  type: "error",
};

/** The address belongs to an organization: what follows is its single sign-on. */
export const SSO_REQUIRED: FlowMessage = {
  id: 1010026,
  text: "Your organization requires single sign-on. Continue with its sign-in.",
  type: "info",
};

/**
 * The message of a refused password or registration, or undefined when the reason has none of its own. An address that
 * has an account already is answered with a sentence that several other failures share; it neither says nor denies it.
 */
export function refusalMessage(reason: LoginRefusalReason, kind: "login" | "registration"): FlowMessage | undefined {
  switch (reason) {
    case "credentials_invalid":
      return { id: 4000006, text: "That e-mail address and password do not match.", type: "error" };
    case "email_taken":
    case "registration_disabled":
      return {
        id: 4000001,
        text: "The account could not be created. If you have one already, sign in instead, or ask your administrator.",
        type: "error",
        context: { reason: "registration_not_completed" },
      };
    case "password_login_disabled":
      return NO_LOCAL_METHOD;
    case "sso_required":
      return SSO_REQUIRED;
    case "too_many_attempts":
      return {
        id: 4000001,
        text: kind === "login" ? "Too many attempts. Wait a few minutes, then try again." : "Too many attempts. Try again later.",
        type: "error",
        context: { reason },
      };
    case "password_too_short":
      return password(4000032, `Use at least ${PASSWORD_MIN_LENGTH} characters.`, {
        reason,
        min_length: PASSWORD_MIN_LENGTH,
      });
    case "password_too_long":
      return password(4000033, `Use at most ${PASSWORD_MAX_LENGTH} characters.`, { reason, max_length: PASSWORD_MAX_LENGTH });
    case "password_common":
      return password(4000034, "This password is among the first that attackers try. Choose another one.", { reason });
    case "password_similar_to_email":
      return password(4000031, "This password is too similar to your e-mail address. Choose another one.", { reason });
    default:
      return undefined;
  }
}

function password(id: number, text: string, context: Record<string, unknown>): FlowMessage {
  return { id, text, type: "error", context, field: "password" };
}
