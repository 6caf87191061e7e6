// Several databases at the console: a new project's is chosen in its form, or by the rule; its settings say which it is.

import { beforeAll, expect, test } from "vitest";
import { formsOf, type OperatorClient, operatorAt, readable } from "../support/console.ts";
import { installPlaces } from "../support/places.ts";
import { services } from "../support/seed.ts";

let root: OperatorClient;
beforeAll(async () => {
  await installPlaces(3);
  root = await operatorAt({ all: "owner" });
});

async function made(slug: string, database?: string): Promise<{ path: string; place: number | undefined }> {
  const fields = { name: slug, slug, ...(database === undefined ? {} : { database }) };
  const { location = "" } = await root.post("/projects/new", fields);
  return { path: location, place: (await services().projects.findBySlug(slug))?.place };
}

test("the form offers the databases and chooses none by itself: the rule does, as for the API", async () => {
  const { text } = await root.page("/projects/new");
  expect((await formsOf(text)).find(({ fields }) => "slug" in fields)?.fields["database"]).toBe("");
  for (const option of ['<option value="0">', '<option value="1">', '<option value="2">']) expect(text).toContain(option);

  expect((await made("second", "2")).place).toBe(2);
  expect((await made("third", "2")).place).toBe(2);
  expect((await made("fewest")).place, "the console project is in 0").toBe(1);

  for (const database of ["3", "-1", "one"]) {
    const refused = await root.send("/projects/new", { csrf_token: root.csrf, name: "X", slug: "nowhere", database });
    expect([refused.status, refused.text.includes('id="f-database-error"')]).toEqual([422, true]);
  }
});

test("the settings say where it is, to who changes them and to who looks", async () => {
  const { path, place } = await made("shown", "1");
  expect(place).toBe(1);
  const viewer = await operatorAt({ [path.split("/").at(-1) ?? ""]: "viewer" });
  for (const client of [root, viewer]) {
    expect(readable((await client.page(`${path}/settings`)).text)).toMatch(/Database (?:Copy )?DB_1/);
  }
});
