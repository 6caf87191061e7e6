// The API's own description, and the documented SDK against it.

import { env } from "cloudflare:workers";
import { Configuration, ProjectApi, ResponseError } from "@ory/client-fetch";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { api } from "../support/management.ts";
import { createProject, ROOT_KEY } from "../support/seed.ts";

describe("/openapi.json", () => {
  test("is OpenAPI 3.1 with an id, a tag, security and errors for every operation", async () => {
    const answer = await api("GET", "/openapi.json", { key: null });
    expect(answer.json.openapi).toBe("3.1.0");
    expect(Object.keys(answer.json.components.securitySchemes)).toEqual(expect.arrayContaining(["bearerKey", "operatorSession"]));
    const ids = new Set<string>();
    for (const [path, item] of Object.entries(answer.json.paths as Record<string, object>)) {
      if (!path.startsWith("/projects")) continue;
      for (const operation of Object.values(item)) {
        expect(operation.tags).toHaveLength(1);
        expect(operation.security.length).toBeGreaterThan(0);
        expect(operation.responses).toHaveProperty("401");
        ids.add(operation.operationId);
      }
    }
    expect(ids.size).toBe(43);
  });

  test("points only at schemas that it has", async () => {
    const { json, text } = await api("GET", "/openapi.json", { key: null });
    const names = [...text.matchAll(/#\/components\/schemas\/([A-Za-z0-9]+)/g)].map((m) => m[1]);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(json.components.schemas).toHaveProperty(name ?? "");
  });

  test("requires what validation requires", async () => {
    const { schemas } = (await api("GET", "/openapi.json", { key: null })).json.components;
    expect(schemas.CreateOrganizationBody.required).toEqual(["label"]);
    expect(schemas.UpdateOrganizationBody.required ?? []).toEqual([]);
    expect(schemas.CreateConnectionBody.required).toEqual(["issuer_url", "client_id"]);
    expect(schemas.CreateConnectionBody.additionalProperties).toBe(false);
    expect(schemas.Connection.properties).not.toHaveProperty("client_secret");
  });
});

describe("/docs", () => {
  test("shows every operation and needs nothing but our own style sheets", async () => {
    const answer = await api("GET", "/docs", { key: null });
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(answer.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'.*script-src 'self'.*style-src 'self'/);
    const { paths } = (await api("GET", "/openapi.json", { key: null })).json;
    for (const item of Object.values(paths as Record<string, Record<string, { operationId?: string }>>)) {
      for (const { operationId } of Object.values(item)) if (operationId) expect(answer.text).toContain(`id="${operationId}"`);
    }
    const loaded = [...answer.text.matchAll(/<(?:link|script|img|iframe)[^>]*(?:href|src)="([^"]+)"/g)].map((m) => m[1] ?? "");
    expect(loaded.filter((url) => !url.startsWith("/assets/") && url !== "data:,")).toEqual([]);
    expect(answer.text).not.toMatch(/<script|style=|\son\w+=/);
    for (const url of loaded.filter((u) => u.startsWith("/assets/"))) {
      expect((await api("GET", url, { key: null })).status).toBe(200);
    }
  });

  test("its curl line for creating an organization works as printed", async () => {
    const { text } = await api("GET", "/docs", { key: null });
    const shown = /id="createOrganization"[\s\S]*?<pre[^>]*>([\s\S]*?)<\/pre>/
      .exec(text)?.[1]
      ?.replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'");
    const body = JSON.parse(/-d '([\s\S]*)'/.exec(shown ?? "")?.[1] ?? "");
    const project = await createProject();
    expect((await api("POST", `/projects/${project.id}/organizations`, { body })).status).toBe(201);
  });
});

describe("@ory/client-fetch, unmodified", () => {
  const app = createApp();
  const sdk = new ProjectApi(
    new Configuration({
      basePath: env.BASE_URL,
      accessToken: ROOT_KEY,
      fetchApi: async (input: RequestInfo, init?: RequestInit) => await app.fetch(new Request(input, init), env),
    }),
  );

  test("creates, lists with pages, gets, updates and deletes organizations", async () => {
    const { id: projectId } = await createProject();
    const created = await sdk.createOrganization({ projectId, organizationBody: { label: "One", domains: ["one.example"] } });
    await sdk.createOrganization({ projectId, organizationBody: { label: "Two", domains: [] } });
    const first = await sdk.listOrganizations({ projectId, pageSize: 1 });
    expect(first.organizations.map((o) => o.id)).toEqual([created.id]);
    const second = await sdk.listOrganizations({ projectId, pageSize: 1, pageToken: first.next_page_token });
    expect([second.organizations[0]?.label, second.has_next_page]).toEqual(["Two", false]);
    expect((await sdk.listOrganizations({ projectId, domain: "one.example" })).organizations).toHaveLength(1);
    const got = await sdk.getOrganization({ projectId, organizationId: created.id });
    expect(got.organization).toEqual(created);
    const updated = await sdk.updateOrganization({
      projectId,
      organizationId: created.id,
      organizationBody: { label: "Uno", domains: ["uno.example"], session_lifespan: "12h" },
    });
    expect(updated).toMatchObject({ label: "Uno", domains: ["uno.example"], session_lifespan: "12h" });
    await sdk.deleteOrganization({ projectId, organizationId: created.id });
    const gone = await sdk.getOrganization({ projectId, organizationId: created.id }).catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(ResponseError);
    expect((gone as ResponseError).response.status).toBe(404);
  });
});
