// T2: a state that is not the one we gave away.

import { variants } from "./mutation.ts";

export const t2 = variants("T2", "callback", [
  { title: "no state", expect: "state_missing", atTheDoor: "state_missing", callback: (url) => url.searchParams.delete("state") },
  {
    title: "an empty state",
    expect: "state_missing",
    atTheDoor: "state_missing",
    callback: (url) => url.searchParams.set("state", ""),
  },
  {
    title: "a foreign state",
    expect: "state_mismatch",
    atTheDoor: "transaction_missing",
    callback: (url) => url.searchParams.set("state", "x".repeat(43)),
  },
  {
    title: "a truncated state",
    expect: "state_mismatch",
    atTheDoor: "transaction_missing",
    callback: (url) => url.searchParams.set("state", (url.searchParams.get("state") ?? "").slice(0, -1)),
  },
  {
    title: "a state of 10 KB",
    expect: "state_mismatch",
    atTheDoor: "transaction_missing",
    callback: (url) => url.searchParams.set("state", "x".repeat(10_240)),
  },
  {
    title: "the state twice",
    expect: "duplicate_parameter",
    atTheDoor: "state_missing",
    callback: (url) => url.searchParams.append("state", url.searchParams.get("state") ?? ""),
  },
]);
