// The address under which an invitation is accepted.

import { CONSOLE_MOUNT } from "../../middleware/project.ts";

/** Absolute URL of an invitation. @param origin of the base host */
export function invitationUrl(origin: string, token: string): string {
  return `${origin}${invitationPath(token)}`;
}

export function invitationPath(token: string): string {
  return `${CONSOLE_MOUNT}/invitations/${encodeURIComponent(token)}`;
}
