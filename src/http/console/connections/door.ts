// Pages of the console: connections, at Authentication › Social Sign-In & SSO (OIDC).

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { checkPage, runCheck } from "./check.ts";
import { deletePage, deleteSubmit } from "./delete.ts";
import { disablePage, disableSubmit } from "./disable.ts";
import { editPage, editSubmit } from "./edit.ts";
import { listPage } from "./list.ts";
import { newPage, newSubmit } from "./new.ts";
import { secretPage, secretSubmit } from "./secret.ts";
import { showPage, showSubmit } from "./show.ts";
import { beginTrial, tryPage } from "./try.ts";

const LIST = "/projects/:project_id/connections";
const ONE = `${LIST}/:connection_id` as const;
const read = inProject("read");
const write = inProject("write");

export const connectionsPages = new Hono<AppEnv>()
  .get(LIST, ...read, listPage)
  .get(`${LIST}/new`, ...write, newPage)
  .post(`${LIST}/new`, ...write, newSubmit)
  .get(ONE, ...read, showPage)
  .post(ONE, ...write, showSubmit)
  .get(`${ONE}/edit`, ...write, editPage)
  .post(`${ONE}/edit`, ...write, editSubmit)
  .get(`${ONE}/check`, ...read, checkPage)
  .post(`${ONE}/check`, ...write, runCheck)
  .get(`${ONE}/try`, ...write, tryPage)
  .post(`${ONE}/try`, ...write, beginTrial)
  .get(`${ONE}/disable`, ...write, disablePage)
  .post(`${ONE}/disable`, ...write, disableSubmit)
  .get(`${ONE}/rotate-secret`, ...write, freshly, secretPage)
  .post(`${ONE}/rotate-secret`, ...write, freshly, secretSubmit)
  .get(`${ONE}/delete`, ...write, freshly, deletePage)
  .post(`${ONE}/delete`, ...write, freshly, deleteSubmit);
