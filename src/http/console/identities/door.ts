// Pages of the console: the people of a project.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { deleteIdentity, showDeletion } from "./delete.ts";
import { actOnIdentity, showIdentity } from "./detail.ts";
import { showIdentities } from "./list.ts";
import { createIdentity, showNew } from "./new.ts";

const LIST = "/projects/:project_id/identities";
const ONE = `${LIST}/:identity_id`;

export const identitiesPages = new Hono<AppEnv>();

identitiesPages.get(LIST, ...inProject("read"), showIdentities);
identitiesPages.get(`${LIST}/new`, ...inProject("write"), showNew);
identitiesPages.post(`${LIST}/new`, ...inProject("write"), createIdentity);
identitiesPages.get(ONE, ...inProject("read"), showIdentity);
identitiesPages.post(ONE, ...inProject("write"), actOnIdentity);
identitiesPages.get(`${ONE}/delete`, ...inProject("write"), freshly, showDeletion);
identitiesPages.post(`${ONE}/delete`, ...inProject("write"), freshly, deleteIdentity);
