// The API's own description: /openapi.json (OpenAPI 3.1, from the schemas that validate) and /docs, a page made from it.

import type { OpenAPIHono } from "@hono/zod-openapi";
import { docsPage } from "../../views/pages/docs.tsx";
import type { AppEnv } from "../context.ts";
import { baseHostOnly } from "../middleware/project.ts";
import { withBookmarks } from "./bookmark.ts";
import type { ManagementDoor } from "./operation.ts";

export type ApiDescription = ReturnType<ManagementDoor["getOpenAPI31Document"]>;

const TAGS = [
  { name: "projects", description: "A project is one login estate with its own people, organizations, connections and hosts." },
  { name: "organizations", description: "A group of people of one project, with the e-mail domains that it owns." },
  {
    name: "connections",
    description:
      "An OpenID Connect client registration at an identity provider: an organization's single sign-on, or social sign-in.",
  },
  { name: "routing", description: "How an address signs in." },
  { name: "API keys", description: "Bearer keys that reach one project." },
  { name: "operators", description: "Who may operate a project, in what role, and invitations to it." },
  { name: "events", description: "The audit log." },
  { name: "apps", description: "The apps that sign people in through a project: clients of its OpenID Provider." },
  { name: "session tokens", description: "What a session looks like as a JWT." },
  { name: "signing keys", description: "The keys that tokens for apps are signed with." },
];

/** Mounts the description of `door` and of `also`. Made at its first request and kept: it does not change while we run. */
export function describe(door: ManagementDoor, also: readonly OpenAPIHono<AppEnv>[]): void {
  door.openAPIRegistry.registerComponent("securitySchemes", "bearerKey", {
    type: "http",
    scheme: "bearer",
    description: "The root key, or a project's API key.",
  });
  door.openAPIRegistry.registerComponent("securitySchemes", "operatorSession", {
    type: "apiKey",
    in: "cookie",
    name: "ory_session_ory",
    description: "An operator's console session, from clients that are no browsers.",
  });

  const documents = new Map<string, ApiDescription>();
  const documentFor = (baseUrl: string) => {
    const document = documents.get(baseUrl) ?? describeDoors(door, also, baseUrl);
    documents.set(baseUrl, document);
    return document;
  };

  door.get("/openapi.json", baseHostOnly, (c) => c.json(documentFor(c.get("services").config.baseUrl.origin)));
  door.get("/docs", baseHostOnly, (c) => {
    const { origin } = c.get("services").config.baseUrl;
    return c.html(docsPage({ document: documentFor(origin), origin }));
  });
}

function describeDoors(door: ManagementDoor, also: readonly OpenAPIHono<AppEnv>[], baseUrl: string): ApiDescription {
  const config = {
    openapi: "3.1.0",
    info: {
      title: "Orgate management API",
      version: "1",
      description: "Projects, their organizations, connections, keys and audit log.",
    },
    servers: [{ url: baseUrl }],
    tags: TAGS,
  };
  const [own, ...others] = [door, ...also].map((part) => part.getOpenAPI31Document(config));
  const merged = { ...own } as ApiDescription;
  for (const other of others) {
    merged.paths = { ...merged.paths, ...other.paths };
    merged.components = {
      ...merged.components,
      ...other.components,
      schemas: { ...other.components?.schemas, ...merged.components?.schemas },
      securitySchemes: { ...other.components?.securitySchemes, ...merged.components?.securitySchemes },
    };
  }
  return withBookmarks(merged);
}
