// What this door seals into browsers, as it must be when it comes back: another release may have sealed it. Loaded when there
// is something to read, for most requests have none of it.

import * as z from "zod";

/** An authorization request that waits (suspended.ts). */
export const Suspended = z.object({
  uid: z.string(),
  payload: z.record(z.string(), z.unknown()),
  suspendedAt: z.number(),
  sessionId: z.string().nullable(),
});

/** Where its payload says that it ends. */
export const RedirectTarget = z.object({ params: z.object({ redirect_uri: z.string() }) });

/** Why its payload says that the person was asked to sign in. */
export const PromptReasons = z.object({ prompt: z.object({ reasons: z.array(z.string()) }) });

/** The question whether to log out (logout.ts). */
export const LogoutQuestion = z.object({ returnTo: z.string().nullable(), expiresAt: z.number() });
