// Which addresses an app may have people sent back to (T113). They are compared as strings later, so only the one spelling
// that every parser agrees on is taken.

import { isLoopbackName } from "../../config.ts";

const MAX_LENGTH = 2048;

/**
 * Why an address cannot be a redirect URI (RFC 6749, section 3.1.2; RFC 9700, section 2.1), or undefined when it can:
 *
 * - `https`, on any host and port;
 * - `http` on this machine (RFC 8252, section 7.3);
 * - a private-use scheme with a dot, such as `com.example.app:/callback` (RFC 8252, section 7.1), for apps without a secret.
 */
export function refuseRedirectUri(text: string, isPublic: boolean): { code: string; message: string } | undefined {
  if (text.length > MAX_LENGTH) return { code: "too_long", message: `At most ${MAX_LENGTH} characters.` };
  if (/[#]/.test(text)) return { code: "url_fragment", message: "The address must not contain a fragment (#)." };
  if (/[*]/.test(text)) return { code: "url_wildcard", message: "Addresses are compared exactly; there are no wildcards (*)." };
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return malformed();
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return { code: "url_userinfo", message: "The address must not contain a user name or password." };
  }
  const scheme = url.protocol.slice(0, -1);
  if (scheme === "http" && !isLoopbackName(url.hostname)) {
    return { code: "url_insecure", message: "Only https, or http on this machine (localhost)." };
  }
  if (scheme !== "http" && scheme !== "https") return refusePrivateUse(scheme, text, isPublic);
  return isCanonical(text, url) ? undefined : notCanonical(url);
}

function refusePrivateUse(scheme: string, text: string, isPublic: boolean): { code: string; message: string } | undefined {
  if (!scheme.includes(".")) {
    return { code: "url_scheme", message: "Use https, or a scheme that is a domain name of yours, such as com.example.app." };
  }
  if (!isPublic) {
    return { code: "url_scheme", message: "A scheme of its own is for installed apps: token_endpoint_auth_method none." };
  }
  // What follows is the app's own affair, but for what browsers and logs would read in two ways.
  return text.startsWith(`${scheme}:/`) && !text.includes("\\") ? undefined : malformed();
}

/** Whether the text is what a parser makes of it, but for the slash of an empty path. */
function isCanonical(text: string, url: URL): boolean {
  return url.href === text || (url.pathname === "/" && url.search === "" && url.href === `${text}/`);
}

function notCanonical(url: URL): { code: string; message: string } {
  return { code: "url_not_canonical", message: `Browsers spell this address ${url.href.slice(0, 200)}; write it so.` };
}

function malformed(): { code: string; message: string } {
  return { code: "url_invalid", message: "Write a full address such as https://app.example.com/callback." };
}
