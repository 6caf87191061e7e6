// Who reaches what at the console, generated from the routes of the app: every page and action × whose the named thing is ×
// who is there. POSTs carry the valid CSRF token of whoever sends them, so that what answers is never the token alone.
// How a new page comes in: `consolePages` in routes.ts.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import type { Connection } from "../../src/domain/connections/connection.ts";
import type { Organization } from "../../src/domain/organizations/organization.ts";
import type { OperatorRole } from "../../src/domain/projects/operator-access.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { type ConsoleAnswer, type OperatorClient, operatorAt } from "../support/console.ts";
import {
  createApiKey,
  createConnection,
  createOrganization,
  createProject,
  putIdentity,
  putSession,
  services,
  systemContext,
} from "../support/seed.ts";
import { createVisitor } from "../support/visitor.ts";
import { d1AtRest } from "./contents.ts";
import { consolePages, fill } from "./routes.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no provider in this test"));

const PAGES = consolePages();
const IN_PROJECT = PAGES.filter((route) => route.includes("/:project_id"));
const NAMED = IN_PROJECT.filter((route) => /:(?!project_id)/.test(route));
const ACTIONS = IN_PROJECT.filter((route) => route.startsWith("POST "));
const READS = IN_PROJECT.filter((route) => route.startsWith("GET "));

/** A project with one of everything that a path can name. */
interface Estate {
  project: Project;
  organization: Organization;
  connection: Connection;
  /** By the names that paths have for them. */
  ids: Record<string, string>;
}

type Person = "operator of all" | "owner" | "editor" | "viewer" | "operator of another project" | "signed in without access";

let mine: Estate;
/** A second organization of my project, with what belongs to it. */
let sibling: Estate;
let theirs: Estate;
/** Names of things of my project that are gone. */
let deleted: Record<string, string>;
let people: Record<Person, OperatorClient>;

async function furnish(project: Project): Promise<Estate> {
  const domain = `${crypto.randomUUID().slice(0, 8)}.example`;
  const organization = await createOrganization(project, { domains: [domain] });
  const connection = await createConnection(project, { organizationId: organization.id });
  const identity = await putIdentity(project.id, { email: `kim@${domain}`, organizationId: organization.id });
  await putSession(project.id, identity, connection);
  const look = { logo: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) };
  await services().projects.rebrand(project.id, look, undefined, systemContext);
  const session = await env.DB.prepare("SELECT id FROM sessions WHERE identity_id = ?").bind(identity).first<string>("id");
  const ids = {
    project_id: project.id,
    organization_id: organization.id,
    connection_id: connection.id,
    identity_id: identity,
    session_id: session ?? "",
    api_key_id: (await createApiKey(project)).id,
    client_id: (await services().clients.create(project.id, { redirectUris: [`https://${domain}/cb`] }, systemContext)).client.id,
    template_name: (await services().sessionTokens.put(project.id, domain.replace(".", "-"), {}, systemContext)).name,
    operator_id: (await operatorAt({ [project.id]: "viewer" })).identityId,
    invitation_id: (await services().operators.invite(project, { email: `guest@${domain}`, role: "viewer" }, systemContext))
      .invitation.id,
    preset: "generic",
  };
  return { project, organization, connection, ids };
}

async function removeContents({ project, ids }: Estate): Promise<Record<string, string>> {
  const all = services();
  await all.sessions.revokeById(project.id, ids["session_id"] ?? "", systemContext);
  await all.identities.delete(project.id, ids["identity_id"] ?? "", systemContext);
  await all.connections.delete(project.id, ids["connection_id"] ?? "", systemContext);
  await all.organizations.delete(project.id, ids["organization_id"] ?? "", systemContext);
  await all.apiKeys.revoke(project.id, ids["api_key_id"] ?? "", systemContext);
  await all.clients.delete(project.id, ids["client_id"] ?? "", systemContext);
  await all.sessionTokens.delete(project.id, ids["template_name"] ?? "", systemContext);
  await all.operators.remove(project, ids["operator_id"] ?? "", systemContext);
  await all.operators.revokeInvitation(project.id, ids["invitation_id"] ?? "", systemContext);
  return ids;
}

beforeAll(async () => {
  const project = await createProject();
  mine = await furnish(project);
  sibling = await furnish(project);
  theirs = await furnish(await createProject());
  deleted = await removeContents(await furnish(project));
  const as = (role: OperatorRole) => operatorAt({ [project.id]: role });
  people = {
    "operator of all": await operatorAt({ all: "owner" }),
    owner: await as("owner"),
    editor: await as("editor"),
    viewer: await as("viewer"),
    "operator of another project": await operatorAt({ [theirs.project.id]: "owner" }),
    "signed in without access": await operatorAt({}),
  };
});

const unknown = (): Record<string, string> => ({ project_id: crypto.randomUUID() });

async function ask(route: string, ids: Record<string, string>, person: Person): Promise<ConsoleAnswer> {
  const [method = "", path = ""] = route.split(" ");
  const client = people[person];
  const answer =
    method === "GET" ? await client.page(fill(path, ids)) : await client.send(fill(path, ids), { csrf_token: client.csrf });
  return { ...answer, text: withoutIds(answer, ids) };
}

/** A page's text without what is different on each: the request's own id, and the ids that were asked for. */
function withoutIds({ text, headers }: ConsoleAnswer, ids: Record<string, string>): string {
  const reference = /<p class="reference">.*?<\/p>/g;
  let shown = text.replaceAll(headers.get("X-Request-Id") ?? "-", "REQUEST").replaceAll(reference, "");
  for (const id of Object.values(ids)) shown = shown.replaceAll(id, "ID");
  return shown;
}

async function changingNothing(requests: () => Promise<void>): Promise<void> {
  const before = await d1AtRest();
  await requests();
  expect(await d1AtRest()).toEqual(before);
}

test("every name in a path of the console is known to this matrix", () => {
  const names = new Set(PAGES.flatMap((route) => [...route.matchAll(/:(\w+)/g)].map((match) => match[1] ?? "")));
  expect([...names].filter((name) => !(name in mine.ids))).toEqual([]);
  expect(ACTIONS.length).toBeGreaterThanOrEqual(3);
});

test("T88: who is not signed in is sent to sign in, from every page and action, and comes back to it", async () => {
  await changingNothing(async () => {
    for (const route of PAGES) {
      const [method = "", path = ""] = route.split(" ");
      for (const ids of [mine.ids, theirs.ids, unknown()]) {
        const url = `http://localhost:8787${fill(path, ids)}`;
        const visitor = createVisitor(env);
        const answer = method === "GET" ? await visitor.get(url) : await visitor.post(url, {});
        const back = encodeURIComponent(new URL(url).pathname);
        expect([route, answer.status, answer.headers.get("location")]).toEqual([route, 303, `/console/login?return_to=${back}`]);
      }
    }
  });
});

test("T104: whoever is signed in without access to anything gets one page that says so", async () => {
  await changingNothing(async () => {
    const texts = new Set<string>();
    for (const route of PAGES) {
      for (const ids of [mine.ids, theirs.ids, unknown()]) {
        const { status, text } = await ask(route, ids, "signed in without access");
        expect([route, status]).toEqual([route, 403]);
        texts.add(text);
      }
    }
    expect(texts.size).toBe(1);
  });
});

test("T80: no action takes a form without this session's token, or from another site", async () => {
  await changingNothing(async () => {
    for (const route of PAGES.filter((page) => page.startsWith("POST "))) {
      const path = fill(route.split(" ")[1] ?? "", mine.ids);
      const client = people["operator of all"];
      const foreign = people.owner.csrf;
      const attempts = [
        await client.send(path, {}),
        await client.send(path, { csrf_token: "" }),
        await client.send(path, { csrf_token: foreign }),
        await client.send(path, { csrf_token: client.csrf }, { Origin: "https://evil.example" }),
        await client.send(path, { csrf_token: client.csrf }, { "Sec-Fetch-Site": "same-site" }),
      ];
      expect([route, attempts.map(({ status }) => status)]).toEqual([route, [403, 403, 403, 403, 403]]);
    }
  });
});

test("T104: of another project an operator gets the 404 of what never was, by whatever names", async () => {
  await changingNothing(async () => {
    for (const route of IN_PROJECT) {
      for (const [person, foreign] of [
        ["operator of another project", [mine.ids, sibling.ids, deleted]],
        ["owner", [theirs.ids, { ...mine.ids, project_id: theirs.project.id }]],
      ] as const) {
        const missing = await ask(route, unknown(), person);
        expect([route, missing.status]).toEqual([route, 404]);
        for (const ids of foreign) {
          const { status, text } = await ask(route, ids, person);
          expect([route, status, text]).toEqual([route, 404, missing.text]);
        }
      }
    }
  });
});

test.each(["operator of all", "owner", "viewer"] as const)(
  "T104: in their own project the %s names nothing of another one, nothing that is gone, nothing that never was",
  async (person) => {
    const own = { project_id: mine.project.id };
    const anonymous = (text: string) => text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID");
    await changingNothing(async () => {
      for (const route of NAMED) {
        const missing = await ask(route, own, person);
        expect([route, missing.status]).toEqual([route, person === "viewer" && missing.status === 403 ? 403 : 404]);
        for (const ids of [
          { ...theirs.ids, ...own },
          { ...deleted, ...own },
        ]) {
          const { status, text } = await ask(route, ids, person);
          expect([route, status, anonymous(text)]).toEqual([route, missing.status, anonymous(missing.text)]);
        }
      }
    });
  },
);

test("T105: every action is refused to a viewer, with the right token and on what they may look at", async () => {
  await changingNothing(async () => {
    for (const route of ACTIONS) {
      for (const ids of [mine.ids, sibling.ids]) expect([route, (await ask(route, ids, "viewer")).status]).toEqual([route, 403]);
    }
  });
});

test("T105: every page opens to owners in both organizations, and to the others unless their role does not allow it", async () => {
  await changingNothing(async () => {
    for (const route of READS) {
      for (const person of ["operator of all", "owner", "editor", "viewer"] as const) {
        for (const ids of person === "owner" ? [mine.ids, sibling.ids] : [mine.ids]) {
          const { status } = await ask(route, ids, person);
          const may = person === "owner" || person === "operator of all" ? [200, 303] : [200, 303, 403];
          expect([route, person, may.includes(status) ? "opens" : status]).toEqual([route, person, "opens"]);
        }
      }
      const { text } = await people["operator of another project"].page(fill(route.split(" ")[1] ?? "", theirs.ids));
      for (const id of Object.values(mine.ids)) if (id !== "generic") expect(text).not.toContain(id);
    }
  });
});

test("T105: the home page lists the projects that an operator reaches, and no other", async () => {
  const { text } = await people["operator of another project"].page("/console");
  expect(text).toContain(`/console/projects/${theirs.project.id}`);
  expect(text).not.toContain(mine.project.id);
  const all = await people["operator of all"].page("/console");
  for (const { project } of [mine, theirs]) expect(all.text).toContain(`/console/projects/${project.id}`);
});
