// The apps' API of one project, as a program with a key of the project uses it.

import { env } from "cloudflare:workers";
import type { Project } from "../../src/domain/projects/project.ts";
import { createApiKey, createProject } from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";

export interface ClientAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  json: any;
}

export interface ClientsApi {
  project: Project;
  call(method: string, path?: string, body?: unknown, headers?: Record<string, string>): Promise<ClientAnswer>;
  /** Field codes of a 422, by field. */
  problems(body: object): Promise<Record<string, string>>;
}

export const REDIRECT = "https://app.example.com/callback";

export async function clientsApi(): Promise<ClientsApi> {
  const project = await createProject();
  const { key } = await createApiKey(project);
  const call: ClientsApi["call"] = async (method, path = "", body, headers = {}) => {
    const answer = await createVisitor(env).send(`http://${project.slug}.localhost:8787/admin/clients${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text === "" ? undefined : JSON.parse(text) };
  };
  return {
    project,
    call,
    async problems(body) {
      const { status, json } = await call("POST", "", { redirect_uris: [REDIRECT], ...body });
      if (status === 201) return {};
      const details = json.error.details as Record<string, { code: string }>;
      return Object.fromEntries(Object.entries(details).map(([field, { code }]) => [field, code]));
    },
  };
}
