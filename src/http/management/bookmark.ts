// The header Orgate-Bookmark in the API's description: on every change inside a project, and on the lists that may be read from
// a replica (src/http/display.ts). test/placement/replicas.test.ts holds that these are the ones.

import type { ApiDescription } from "./description.ts";

const NAME = "Orgate-Bookmark";
const LISTS = ["/projects/{project_id}/organizations", "/projects/{project_id}/events", "/admin/identities", "/admin/sessions"];
const IN_A_PROJECT = /^\/(?:projects\/\{project_id\}|admin)(?:\/|$)/;

const schema = { type: "string", examples: ["1.0000007b-0000b26e-00001538-0c3e87bb37b3db5cc52eedb93cd3b96b"] };
const given = {
  description: "Where the installation reads from replicas: how far the database was. Lists take it back.",
  schema,
};
const taken = {
  name: NAME,
  in: "header",
  required: false,
  description:
    "The bookmark of an earlier change or list: the answer is then never older than that, and may come from a replica near by. " +
    "Without it the answer is what is written now.",
  schema,
};

interface Operation {
  parameters?: unknown[];
  responses: Record<string, { headers?: object }>;
}

/** The document with the header where it is taken and given. */
export function withBookmarks(document: ApiDescription): ApiDescription {
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => {
    if (!IN_A_PROJECT.test(path)) return [path, item];
    const operations = Object.entries(item as Record<string, Operation>).map(([method, operation]) => {
      const lists = method === "get" && LISTS.includes(path);
      return [method, method !== "get" || lists ? marked(operation, lists) : operation];
    });
    return [path, Object.fromEntries(operations)];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

function marked(operation: Operation, takes: boolean): Operation {
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    status.startsWith("2") ? { ...response, headers: { ...response.headers, [NAME]: given } } : response,
  ]);
  return {
    ...operation,
    ...(takes ? { parameters: [...(operation.parameters ?? []), taken] } : {}),
    responses: Object.fromEntries(responses),
  };
}
