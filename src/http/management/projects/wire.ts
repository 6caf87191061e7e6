// A project on the wire.

import { z } from "@hono/zod-openapi";
import { doorsOf } from "../../../domain/projects/hosts.ts";
import type { Project } from "../../../domain/projects/project.ts";
import type { Services } from "../../../services.ts";
import { timestamp } from "../../wire/identity.ts";
import { Id, Timestamp } from "../operation.ts";

export const TAG = "projects";

const name = z.string().openapi({ minLength: 1, maxLength: 256, example: "Demo" });
const slug = z.string().openapi({
  description: "Its host is {slug}.{base host}. Cannot be changed.",
  pattern: "^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$",
  example: "demo",
});
const hostnames = z.array(z.string()).openapi({ maxItems: 20, description: "Own host names.", example: ["login.example.com"] });
const allowedReturnUrls = z.array(z.string()).openapi({
  maxItems: 100,
  description: "Where people may be sent after a login: an origin stands for every path on it, another address for itself alone.",
  example: ["https://app.example.com"],
});
const sessionLifespan = z.string().openapi({ description: "Duration from 1m to 8760h.", example: "24h" });
const passwordLogin = z.boolean().openapi({ description: "Whether people outside organizations may use a password." });
const registration = z.boolean().openapi({ description: "Whether people outside organizations may sign up." });

const accentColor = z
  .string()
  .nullable()
  .openapi({ description: "Colour of primary actions; null for Orgate's own.", example: "#3247c5", type: ["string", "null"] });

const settings = {
  hostnames: hostnames.optional(),
  allowed_return_urls: allowedReturnUrls.optional(),
  session_lifespan: sessionLifespan.optional(),
  password_login: passwordLogin.optional(),
  registration: registration.optional(),
  branding: z
    .strictObject({ accent_color: accentColor.optional() })
    .optional()
    .openapi({ description: "The look of the project's pages. The logo has an operation of its own." }),
};

const database = z.int().openapi({
  description:
    "Of an installation with several databases: the number of the one that holds the project's data. Without it, a new project goes where the fewest are.",
  minimum: 0,
  example: 1,
});

export const CreateProjectBody = z
  .strictObject({ name, slug, database: database.optional(), ...settings })
  .openapi("CreateProjectBody");
export const UpdateProjectBody = z.strictObject({ name: name.optional(), ...settings }).openapi("UpdateProjectBody");

export const ProjectWire = z
  .object({
    id: Id,
    slug,
    name,
    hostnames,
    allowed_return_urls: allowedReturnUrls,
    session_lifespan: sessionLifespan,
    password_login: passwordLogin,
    registration,
    branding: z.object({
      accent_color: accentColor,
      logo_url: z.string().nullable().openapi({ description: "Changes with the logo; null without one." }),
    }),
    database: database.optional(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Project");

export function projectToWire(project: Project, { config, runtime }: Services): z.infer<typeof ProjectWire> {
  return {
    id: project.id,
    slug: project.slug,
    name: project.name,
    hostnames: project.hostnames,
    allowed_return_urls: project.allowedReturnUrls,
    session_lifespan: project.sessionLifespan,
    password_login: project.passwordLogin,
    registration: project.registration,
    branding: {
      accent_color: project.accentColor,
      logo_url: project.logoDigest === null ? null : `${doorsOf(project, config)}/branding/logo?v=${project.logoDigest}`,
    },
    ...(runtime.placement.several ? { database: project.place } : {}),
    created_at: timestamp(project.createdAt),
    updated_at: timestamp(project.updatedAt),
  };
}

export function projectFromWire(body: z.infer<typeof UpdateProjectBody>) {
  return {
    name: body.name,
    hostnames: body.hostnames,
    allowedReturnUrls: body.allowed_return_urls,
    sessionLifespan: body.session_lifespan,
    passwordLogin: body.password_login,
    registration: body.registration,
    accentColor: body.branding?.accent_color,
  };
}
