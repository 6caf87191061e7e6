import { describe, expect, test } from "vitest";
import { networkOf } from "../../src/domain/login/attempts.ts";

describe("the network an attempt counts for (T95, CVE-2026-45364, CVE-2026-47674)", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2:FFFF:FFFF:FFFF:FFFF", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:1::", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["not:an:address", "unknown"],
  ])("%s → %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
  test("no address is one shared network", () => {
    expect(networkOf(null)).toBe("unknown");
  });
});
