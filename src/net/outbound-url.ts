// Where a tenant may send us: the rules for every URL that comes from a connection or from an IdP's metadata (T66).

export interface OutboundRules {
  /** Loopback hosts are reachable, over http and on any port. For local work only. */
  allowLoopbackHttp: boolean;
  /** Host name of this service. Neither it nor any name below it is reachable. */
  ownHost: string;
}

/** Why a URL is not reachable, in words for the person who typed it. */
export interface OutboundRefusal {
  code:
    | "url_malformed"
    | "url_scheme"
    | "url_userinfo"
    | "url_fragment"
    | "url_trailing_dot"
    | "url_ip_address"
    | "url_port"
    | "url_reserved_name"
    | "url_own_host";
  message: string;
}

/**
 * Decides whether a URL may be requested; undefined means yes. Pure, so that it serves when a connection is saved and
 * again at every request. It sees names, not addresses: what a name resolves to is the runtime's fence (T67).
 */
export function refuseUrl(text: string, rules: OutboundRules): OutboundRefusal | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return refusal("url_malformed");
  if (url.username !== "" || url.password !== "") return refusal("url_userinfo");
  if (text.includes("#")) return refusal("url_fragment");
  if (url.hostname.endsWith(".")) return refusal("url_trailing_dot");
  if (rules.allowLoopbackHttp && isLoopback(url.hostname) && isSpelledPlainly(text, url)) return refuseLoopback(url);
  if (url.protocol !== "https:") return refusal("url_scheme");
  if (isIpAddress(url.hostname)) return refusal("url_ip_address");
  if (!isSpelledPlainly(text, url)) return refusal("url_malformed");
  if (url.port !== "") return refusal("url_port");
  if (isReservedName(url.hostname)) return refusal("url_reserved_name");
  if (isAtOrBelow(url.hostname, rules.ownHost)) return refusal("url_own_host");
  return undefined;
}

const MESSAGES: Record<OutboundRefusal["code"], string> = {
  url_malformed: "Give an absolute URL such as https://idp.example.com, in plain ASCII letters.",
  url_scheme: "The URL must begin with https://.",
  url_userinfo: "The URL must not contain a user name or password.",
  url_fragment: "The URL must not contain a fragment (#).",
  url_trailing_dot: "The host name must not end with a dot.",
  url_ip_address: "The URL must name a host; IP addresses are not reachable.",
  url_port: "Only the standard port 443 is reachable.",
  url_reserved_name: "This host name is not reachable from the internet.",
  url_own_host: "The URL must not point at this service itself.",
};

function refusal(code: OutboundRefusal["code"]): OutboundRefusal {
  return { code, message: MESSAGES[code] };
}

function refuseLoopback(url: URL): OutboundRefusal | undefined {
  return url.protocol === "http:" || url.protocol === "https:" ? undefined : refusal("url_scheme");
}

/**
 * Whether the host stands in the text as the parser understood it. The parser turns `0x7f.1`, `①②⑦.0.0.1`, `ex%61mple.com`
 * and stray backslashes into something else than what a person, or another parser, reads.
 */
function isSpelledPlainly(text: string, url: URL): boolean {
  const host = /^[a-z]+:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::[0-9]+)?(?:[/?][!-[\]-~]*)?$/i.exec(text)?.[1];
  if (host?.toLowerCase() !== url.hostname) return false;
  return host.startsWith("[") || host.split(".").every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

function isIpAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^[0-9.]+$/.test(hostname);
}

function isLoopback(hostname: string): boolean {
  return isAtOrBelow(hostname, "localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
}

/** Names that public DNS does not hold: RFC 6761 and RFC 6762 names, `.internal`, RFC 8375, RFC 7686, and single labels. */
function isReservedName(hostname: string): boolean {
  const names = ["localhost", "local", "internal", "home.arpa", "onion"];
  return !hostname.includes(".") || names.some((name) => isAtOrBelow(hostname, name));
}

function isAtOrBelow(hostname: string, name: string): boolean {
  return hostname === name || hostname.endsWith(`.${name}`);
}
