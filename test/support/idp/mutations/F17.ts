// F17: discovery fails.

import { answering, answeringJson, endless, redirecting, variants } from "./mutation.ts";

export const f17 = variants("F17", "discovery", [
  { title: "404", expect: "discovery_unreachable", mutate: () => ({ faults: { discovery: answeringJson({}, 404) } }) },
  { title: "403", expect: "discovery_unreachable", mutate: () => ({ faults: { discovery: answeringJson({}, 403) } }) },
  {
    title: "500",
    expect: "discovery_unreachable",
    mutate: () => ({ faults: { discovery: answering("oops", "text/plain", 500) } }),
  },
  { title: "HTML", expect: "discovery_unreachable", mutate: () => ({ faults: { discovery: answering("<html>", "text/html") } }) },
  {
    title: "10 MB",
    expect: "discovery_unreachable",
    mutate: () => ({ faults: { discovery: answering(`{"x":"${"x".repeat(10 * 1024 * 1024)}"}`, "application/json") } }),
  },
  { title: "a body without end", expect: "discovery_unreachable", mutate: () => ({ faults: { discovery: endless() } }) },
  {
    title: "a redirect",
    expect: "discovery_unreachable",
    mutate: () => ({ faults: { discovery: redirecting(301, "https://evil.test/") } }),
  },
  {
    title: "a redirect to http",
    expect: "discovery_unreachable",
    mutate: () => ({ faults: { discovery: redirecting(307, "http://evil.test/") } }),
  },
  { title: "a broken connection", expect: "discovery_unreachable", mutate: () => ({ faults: { discovery: "reset" } }) },
  {
    title: "no JSON",
    expect: "discovery_invalid",
    mutate: () => ({ faults: { discovery: answering("{", "application/json") } }),
  },
  { title: "a list", expect: "discovery_invalid", mutate: () => ({ faults: { discovery: answeringJson([]) } }) },
  { title: "null", expect: "discovery_invalid", mutate: () => ({ faults: { discovery: answeringJson(null) } }) },
  {
    title: "100,000 levels of JSON",
    expect: "discovery_invalid",
    mutate: () => ({ faults: { discovery: answering("[".repeat(100_000) + "]".repeat(100_000), "application/json") } }),
  },
]);
