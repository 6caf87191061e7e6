// What the lists of this folder are made of.

/** What an entry waits for when it cannot be tested yet. */
export type Feature =
  | "SAML"
  | "SCIM"
  | "mailer"
  | "webhooks"
  | "domain proof"
  | "invitations"
  | "API limits"
  | "break-glass"
  | "second factor"
  | "logout at the IdP"
  | "refresh at the IdP"
  | "request objects"
  | "mTLS"
  | "form_post"
  | "restore";

export interface Entry {
  /** As it stands in the titles of the tests that settle it. */
  id: string;
  /** One line. */
  title: string;
  /** Absent when it applies today. */
  waitsFor?: Feature;
}

type Line = readonly [id: string, title: string, waitsFor?: Feature];

export function entries(lines: readonly Line[]): Entry[] {
  return lines.map(([id, title, waitsFor]) => ({ id, title, ...(waitsFor === undefined ? {} : { waitsFor }) }));
}
