// T66: which URLs of tenants and IdPs may be requested. A pure rule, so it is one table.

import { describe, expect, test } from "vitest";
import { refuseUrl } from "../../src/net/guarded-fetch.ts";

const PUBLIC = { allowLoopbackHttp: false, ownHost: "sso.example.com" };
const LOCAL = { allowLoopbackHttp: true, ownHost: "localhost" };

describe("T66: reachable", () => {
  test.each([
    "https://idp.example.com",
    "https://idp.example.com/",
    "https://idp.example.com:443/realms/a?b=c%20d",
    "https://IDP.Example.com/tenant",
    "https://idp-a.test/.well-known/openid-configuration",
    "https://acme.example",
    "https://xn--bcher-kva.example/",
    "https://internal.example.com",
    "https://localhost.example.com",
    "https://10.example.com",
    "https://example.com.other.test",
    "https://notsso.example.com",
  ])("%s", (url) => {
    expect(refuseUrl(url, PUBLIC)).toBeUndefined();
  });
});

const REFUSED: [url: string, code: string][] = [
  ["", "url_malformed"],
  ["idp.example.com", "url_malformed"],
  ["/relative", "url_malformed"],
  ["https://", "url_malformed"],
  ["http://idp.example.com", "url_scheme"],
  ["ftp://idp.example.com", "url_scheme"],
  ["javascript:alert(1)", "url_scheme"],
  ["data:application/json,{}", "url_scheme"],
  ["file:///etc/passwd", "url_scheme"],
  // user names
  ["https://user@idp.example.com", "url_userinfo"],
  ["https://user:pass@idp.example.com", "url_userinfo"],
  ["https://idp.example.com@127.0.0.1/", "url_userinfo"],
  ["https://idp.example.com/#fragment", "url_fragment"],
  ["https://idp.example.com#", "url_fragment"],
  ["https://idp.example.com.", "url_trailing_dot"],
  ["https://localhost./", "url_trailing_dot"],
  ["https://127.0.0.1./", "url_ip_address"],
  // ports
  ["https://idp.example.com:8443", "url_port"],
  ["https://idp.example.com:80", "url_port"],
  ["https://idp.example.com:22/", "url_port"],
  // addresses, private and public: 127/8, 10/8, 172.16/12, 192.168/16, 100.64/10, 169.254/16, 0/8, ...
  ...[
    ...["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0"],
    ...["192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "8.8.8.8", "1.1.1.1"],
    // other spellings of 127.0.0.1
    ...["127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "127.0.0.01", "0x7f.0.0.1"],
    ...["①②⑦.0.0.1", "１２７.0.0.1", "127。0。0。1", "127.0.0.%31"],
    // IPv6: loopback, mapped, unique local, link local, translation and tunnels
    ...["[::1]", "[::]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]"],
    ...["[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2606:4700::1111]"],
  ].map((host): [string, string] => [`https://${host}/`, "url_ip_address"]),
  // names that public DNS does not hold
  ...[
    ...["localhost", "LOCALHOST", "idp.localhost", "printer.local", "metadata.google.internal", "internal", "local"],
    ...["intranet", "idp", "router.home.arpa", "hidden.onion"],
  ].map((host): [string, string] => [`https://${host}/`, "url_reserved_name"]),
  // ourselves
  ["https://sso.example.com", "url_own_host"],
  ["https://SSO.EXAMPLE.COM/projects", "url_own_host"],
  ["https://acme.sso.example.com/", "url_own_host"],
  // disguises: what the parser makes of it is not what is written
  ["https://ex%61mple.com/", "url_malformed"],
  ["https://idp.exam\tple.com/", "url_malformed"],
  ["https://idp.example.com\\@evil.test/", "url_malformed"],
  ["https:\\\\idp.example.com/", "url_malformed"],
  ["https:/idp.example.com/", "url_malformed"],
  ["https:idp.example.com/", "url_malformed"],
  [" https://idp.example.com/", "url_malformed"],
  ["https://idp.example.com/ ", "url_malformed"],
  ["https://idp.example.com/\r\nX-Header: 1", "url_malformed"],
  ["https://idp.ｅxample.com/", "url_malformed"],
  ["https://bücher.example/", "url_malformed"],
  ["https://idp_a.example.com/", "url_malformed"],
  ["https://-idp.example.com/", "url_malformed"],
];

describe("T66: refused (GHSA-5rr4-8452-hf4v)", () => {
  test.each(REFUSED)("%s: %s", (url, code) => {
    expect(refuseUrl(url, PUBLIC)?.code).toBe(code);
  });
});

describe("T66: with loopback allowed", () => {
  test.each([
    "http://localhost:9001",
    "http://127.0.0.1:9001/",
    "http://[::1]:9001/",
    "http://idp.localhost:9001",
    "https://localhost:8443",
    "https://idp.example.com",
  ])("reachable: %s", (url) => {
    expect(refuseUrl(url, LOCAL)).toBeUndefined();
  });

  test.each([
    ["http://idp.example.com", "url_scheme"],
    ["http://10.0.0.1:9001", "url_scheme"],
    ["https://169.254.169.254/", "url_ip_address"],
    ["http://0x7f.1:9001/", "url_scheme"],
    ["http://user@localhost:9001", "url_userinfo"],
    ["ftp://localhost/", "url_scheme"],
    ["https://idp.example.com:8443", "url_port"],
  ])("refused: %s", (url, code) => {
    expect(refuseUrl(url, LOCAL)?.code).toBe(code);
  });
});

test("T66: every refusal says what to do about it", () => {
  for (const [url] of REFUSED) expect(refuseUrl(url, PUBLIC)?.message).toMatch(/^[A-Z].*\.$/);
});
