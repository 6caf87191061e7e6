// Headers of pages with forms, where they have to differ from every other answer's.

import type { AppContext } from "../context.ts";

/**
 * For a page that shows a form of ours.
 *
 * - `Referrer-Policy: same-origin`: under `no-referrer` browsers send `Origin: null` with form posts (Fetch, section 3.2),
 *   which could not be told from a forgery. Other sites still learn nothing.
 * - `form-action`, when the form may end at an identity provider: Chromium applies it to the redirects after a form post
 *   too (T84), so `'self'` alone would stop single sign-on.
 */
export function formPagePolicy(
  c: AppContext,
  options: { mayEndAtProvider: boolean /** Of `formTarget`. */; mayEndAt?: string | undefined },
): void {
  c.header("Referrer-Policy", "same-origin");
  if (!options.mayEndAtProvider) return;
  const loopback = c.get("services").config.allowInsecureIssuers ? " http://localhost:* http://127.0.0.1:*" : "";
  const target = options.mayEndAt === undefined ? "" : ` ${options.mayEndAt}`;
  c.header(
    "Content-Security-Policy",
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; ` +
      `object-src 'none'; form-action 'self' https:${loopback}${target}; frame-ancestors 'none'`,
  );
}

/**
 * The source expression (CSP Level 3, section 2.3.1) for an app's address that `https:` does not cover: an installed app's own
 * scheme, or a loopback address, which has no expression of its own when it is IPv6.
 */
export function formTarget(uri: string): string {
  const { protocol, hostname } = new URL(uri);
  return protocol === "http:" && !hostname.startsWith("[") ? `http://${hostname}:*` : protocol;
}
