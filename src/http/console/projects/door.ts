// Pages of the console: the projects, one project's overview and settings.

import { Hono } from "hono";
import type { AppEnv } from "../../context.ts";
import { everywhere, inProject } from "../../management/operation.ts";
import { freshly } from "../operator.ts";
import { changeBranding, previewLogo, previewSheet, showBranding } from "./branding.ts";
import { deleteProject, showDeletion } from "./delete.ts";
import { showProjects } from "./list.ts";
import { createProject, showNew } from "./new.ts";
import { showOverview } from "./overview.ts";
import { changeSettings, showSettings } from "./settings.ts";

const NEW = "/projects/new";
const PROJECT = "/projects/:project_id";
const SETTINGS = `${PROJECT}/settings`;
const BRANDING = `${SETTINGS}/branding`;
const DELETE = `${SETTINGS}/delete`;

export const projectsPages = new Hono<AppEnv>();

projectsPages.get("/", showProjects);
projectsPages.get(NEW, ...everywhere("create_project"), showNew);
projectsPages.post(NEW, ...everywhere("create_project"), createProject);
projectsPages.get(PROJECT, ...inProject("read"), showOverview);
projectsPages.get(SETTINGS, ...inProject("read"), showSettings);
projectsPages.post(SETTINGS, ...inProject("write"), changeSettings);
projectsPages.get(BRANDING, ...inProject("read"), showBranding);
projectsPages.post(BRANDING, ...inProject("write"), changeBranding);
projectsPages.get(`${PROJECT}/branding-preview.css`, ...inProject("read"), previewSheet);
projectsPages.get(`${PROJECT}/logo`, ...inProject("read"), previewLogo);
projectsPages.get(DELETE, ...inProject("delete_project"), freshly, showDeletion);
projectsPages.post(DELETE, ...inProject("delete_project"), freshly, deleteProject);
