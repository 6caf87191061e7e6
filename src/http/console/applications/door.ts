// Pages of the console: the apps of the project's OpenID Provider, the keys it signs with, and sessions as JWTs.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { deleteApplication, showDeletion } from "./delete.ts";
import { changeApplication, showEditing } from "./edit.ts";
import { showApplications } from "./list.ts";
import { createApplication, showNew } from "./new.ts";
import { changeSecret, showSecret } from "./secret.ts";
import { createTemplate, deleteTemplate, showNewTemplate, showTemplateDeletion } from "./session-tokens.ts";
import { showApplication } from "./show.ts";
import { revokeKeys, rotateKeys, showKeyRevocation, showKeyRotation } from "./signing-keys.ts";

const LIST = "/projects/:project_id/applications";
const ONE = `${LIST}/:client_id`;
const KEYS = "/projects/:project_id/signing-keys";
const TOKENS = "/projects/:project_id/session-tokens";

export const applicationsPages = new Hono<AppEnv>();

applicationsPages.get(LIST, ...inProject("read"), showApplications);
applicationsPages.get(`${LIST}/new`, ...inProject("write"), freshly, showNew);
applicationsPages.post(`${LIST}/new`, ...inProject("write"), freshly, createApplication);

applicationsPages.get(ONE, ...inProject("read"), showApplication);
// An app that is to keep a secret from now on is shown it there.
applicationsPages.get(`${ONE}/edit`, ...inProject("write"), freshly, showEditing);
applicationsPages.post(`${ONE}/edit`, ...inProject("write"), freshly, changeApplication);
applicationsPages.get(`${ONE}/rotate-secret`, ...inProject("write"), freshly, showSecret);
applicationsPages.post(`${ONE}/rotate-secret`, ...inProject("write"), freshly, changeSecret);
applicationsPages.get(`${ONE}/delete`, ...inProject("write"), freshly, showDeletion);
applicationsPages.post(`${ONE}/delete`, ...inProject("write"), freshly, deleteApplication);

applicationsPages.get(`${KEYS}/rotate`, ...inProject("manage_keys"), freshly, showKeyRotation);
applicationsPages.post(`${KEYS}/rotate`, ...inProject("manage_keys"), freshly, rotateKeys);
applicationsPages.get(`${KEYS}/revoke`, ...inProject("manage_keys"), freshly, showKeyRevocation);
applicationsPages.post(`${KEYS}/revoke`, ...inProject("manage_keys"), freshly, revokeKeys);

applicationsPages.get(`${TOKENS}/new`, ...inProject("write"), showNewTemplate);
applicationsPages.post(`${TOKENS}/new`, ...inProject("write"), createTemplate);
applicationsPages.get(`${TOKENS}/:template_name/delete`, ...inProject("write"), freshly, showTemplateDeletion);
applicationsPages.post(`${TOKENS}/:template_name/delete`, ...inProject("write"), freshly, deleteTemplate);
