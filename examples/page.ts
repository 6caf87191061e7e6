// What the examples' pages look like, and the headers they are sent with. Nothing here has to do with signing in.

export interface Person {
  name?: string | undefined;
  email?: string | undefined;
  organization?: string | undefined;
  /** The connection to an identity provider that was used; undefined after a password. */
  idp?: string | undefined;
}

/** Text that is markup already. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A template whose values are escaped unless they are templates themselves. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | undefined)[]): Html {
  const shown = values.map((value) => (value instanceof Html ? value.text : escapeHtml(value ?? "")));
  return new Html(parts.map((part, index) => part + (shown[index] ?? "")).join(""));
}

/** @param signIn where the person is sent to sign in */
export function welcomePage(app: string, signIn: string): string {
  return layout(
    app,
    html`<p>You are not signed in.</p>
      <a class="button" href="${signIn}">Sign in</a>
      <p class="note">With the demo's data: ada@acme.example signs in through Acme's identity provider.</p>`,
  );
}

/** @param more what this example has to add */
export function personPage(app: string, person: Person, more: Html = html``): string {
  return layout(
    app,
    html`<dl>
        ${fact("Name", person.name)}${fact("E-mail", person.email)}${fact("Organization", person.organization ?? "none")}
        ${fact("Connection", person.idp ?? "none: a password")}
      </dl>
      ${more}
      <form method="post" action="/logout"><button class="button quiet">Sign out</button></form>`,
  );
}

/** Why nobody is signed in now, and a way on. */
export function refusalPage(app: string, reason: string, next: { label: string; href: string }): string {
  return layout(
    app,
    html`<p role="alert">${reason}</p>
      <a class="button" href="${next.href}">${next.label}</a>
      <p><a href="/">Back to the start</a></p>`,
  );
}

/**
 * For every answer. Chromium applies `form-action` to the redirects after a form post, too, so signing out has to be
 * allowed to end where it leads.
 */
export function pageHeaders(orgate: string): Record<string, string> {
  return {
    "Content-Security-Policy":
      `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${new URL(orgate).origin}; ` +
      "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
  };
}

export const STYLE = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#f2f5f4, #101413); --surface: light-dark(#fff, #181d1c); --line: light-dark(#d9e0de, #2c3432);
  --text: light-dark(#15201d, #e8eeec); --soft: light-dark(#55645f, #9aa9a4);
  --accent: light-dark(#0b6b57, #6fd6bd); --on-accent: light-dark(#fff, #06231c);
}
* { box-sizing: border-box; margin: 0; }
body { min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem; background: var(--canvas); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 33rem; display: grid; gap: 1.25rem; padding: 2rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: 14px; }
h1 { font-size: 1.375rem; line-height: 1.25; letter-spacing: -0.01em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.5rem 1.25rem; }
dt, .note { color: var(--soft); }
dd { overflow-wrap: anywhere; }
.note { font-size: 0.875rem; }
a { color: var(--accent); }
.button { display: block; width: 100%; padding: 0.625rem 1rem; border: 1px solid var(--accent); border-radius: 9px;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-align: center; text-decoration: none;
  cursor: pointer; }
.quiet { background: none; color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

function fact(name: string, value: string | undefined): Html {
  return value === undefined ? html`` : html`<dt>${name}</dt><dd>${value}</dd>`;
}

function layout(app: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${app}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>${app}</h1>
${content}
</main>
</body>
</html>
`.text;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
