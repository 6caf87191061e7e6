// The frame of every console page: the bar with project and operator, the navigation of a project, and the page itself.

import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { assetUrl } from "../assets.ts";
import type { Page } from "../layout.tsx";

/** The entry of the navigation that a page belongs to. */
export type Section =
  | "projects"
  | "overview"
  | "organizations"
  | "connections"
  | "routing"
  | "identities"
  | "applications"
  | "api-keys"
  | "events"
  | "operators"
  | "settings";

export interface FrameProps {
  title: string;
  section: Section;
  crumbs: readonly { label: string; href: string }[];
  operator: { email: string; logoutToken: string };
  /** The project that the page is about; undefined above projects. */
  project: { name: string; path: string; origin: string; isConsole: boolean } | undefined;
  /** What the last form did. */
  notice: string | undefined;
  body: Child;
}

export function consolePage(props: FrameProps): Page {
  return html`<!doctype html>${<Document {...props} />}`;
}

const GROUPS: readonly { title: string | undefined; entries: readonly { section: Section; label: string; path: string }[] }[] = [
  {
    title: undefined,
    entries: [
      { section: "overview", label: "Overview", path: "" },
      { section: "organizations", label: "Organizations", path: "/organizations" },
      { section: "identities", label: "Identities", path: "/identities" },
      { section: "applications", label: "Applications", path: "/applications" },
    ],
  },
  {
    title: "Authentication",
    entries: [
      { section: "connections", label: "Social Sign-In & SSO (OIDC)", path: "/connections" },
      { section: "routing", label: "Routing", path: "/routing" },
    ],
  },
  {
    title: "Project",
    entries: [
      { section: "api-keys", label: "API keys", path: "/api-keys" },
      { section: "events", label: "Events", path: "/events" },
      { section: "operators", label: "Operators", path: "/operators" },
      { section: "settings", label: "Settings", path: "/settings" },
    ],
  },
];

function Document(props: FrameProps) {
  const { title, project } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title}${project ? ` · ${project.name}` : ""} · Orgate`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetUrl("design.css")} />
        <link rel="stylesheet" href={assetUrl("console.css")} />
        <script src={assetUrl("console.js")}></script>
      </head>
      <body>
        <a class="skip" href="#page">
          Skip to the page
        </a>
        <Bar {...props} />
        <div class={project ? "shell" : "shell shell-plain"}>
          {project ? <Navigation project={project} section={props.section} /> : null}
          <main id="page" class="page" tabindex={-1}>
            <Crumbs crumbs={props.crumbs} />
            {props.notice === undefined ? null : (
              <p class="alert alert-info notice" role="status">
                {props.notice}
              </p>
            )}
            {props.body}
          </main>
        </div>
      </body>
    </html>
  );
}

function Bar({ operator, project }: FrameProps) {
  return (
    <header class="bar">
      <a class="bar-brand" href="/console">
        <span class="bar-mark" aria-hidden="true">
          O
        </span>
        Orgate
      </a>
      {project ? (
        <a class="bar-project" href={project.path}>
          {project.name}
        </a>
      ) : null}
      <details class="bar-menu">
        <summary>
          <span class="bar-email">{operator.email}</span>
        </summary>
        <div class="menu">
          <a href="/console">All projects</a>
          <a href="/docs">API reference</a>
          <form method="post" action="/console/self-service/logout">
            <input type="hidden" name="token" value={operator.logoutToken} />
            <input type="hidden" name="return_to" value="/console/login" />
            <button type="submit">Sign out</button>
          </form>
        </div>
      </details>
    </header>
  );
}

function Navigation({ project, section }: { project: NonNullable<FrameProps["project"]>; section: Section }) {
  return (
    <nav class="nav" aria-label="Project">
      <details class="nav-fold" open>
        <summary>Menu</summary>
        {GROUPS.map(({ title, entries }) => (
          <div class="nav-group">
            {title === undefined ? null : <h2 class="nav-title">{title}</h2>}
            <ul>
              {entries.map((entry) => (
                <li>
                  <a href={`${project.path}${entry.path}`} {...(entry.section === section ? { "aria-current": "page" } : {})}>
                    {entry.label}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </details>
    </nav>
  );
}

function Crumbs({ crumbs }: { crumbs: FrameProps["crumbs"] }) {
  if (crumbs.length === 0) return null;
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ label, href }) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
