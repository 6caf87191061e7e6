// The console as an operator's browser sees it.
//
//   const kim = await operatorAt({ [project.id]: "editor" });        // signed in; `{ all: "owner" }` reaches every project
//   const page = await kim.page(`/projects/${project.id}/settings`); // paths below /console, or absolute ones
//   const done = await kim.post(`/projects/${project.id}/settings`, { name: "New" });
//   done.status; done.location; done.text
//
// `post` opens the page first and sends what a browser would: every field of the page's form as it stands (hidden ones and
// the CSRF token with them), with yours in their place. `null` leaves a field out, e.g. unticks a box.

import { env } from "cloudflare:workers";
import { hmac } from "../../src/crypto/digest.ts";
import { readSessionToken } from "../../src/crypto/tokens.ts";
import type { OperatorRole } from "../../src/domain/projects/operator-access.ts";
import { createOperator, services } from "./seed.ts";
import { createVisitor, type Visitor } from "./visitor.ts";

export const CONSOLE_COOKIE = "__Host-orgate_console_session";

export interface ConsoleAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Path and query of a redirect on this host, the whole address of another; undefined without one. */
  location: string | undefined;
}

export type FormFields = Record<string, string | File | readonly string[] | null>;

export interface OperatorClient {
  visitor: Visitor;
  /** The session's token; also the value of `ory_session_ory` for the management API. */
  token: string;
  identityId: string;
  /** The token that forms of this session carry. */
  csrf: string;
  page(path: string, headers?: Record<string, string>): Promise<ConsoleAnswer>;
  /** @param options.form which form of the page: one that has a field of this name. Default: the first that posts to the page itself. */
  post(path: string, fields?: FormFields, options?: { form?: string }): Promise<ConsoleAnswer>;
  /** Sends a POST as it is, without opening the page. */
  send(path: string, fields: FormFields, headers?: Record<string, string>): Promise<ConsoleAnswer>;
  /** Moves the sign-in into the past: pages with secrets then ask for it again. */
  signedInAgo(ms: number): Promise<void>;
}

let networks = 0;

/** An operator who is signed in at the console, in a browser and network of their own. */
export async function operatorAt(
  access: Record<string, OperatorRole> | { all: OperatorRole },
  environment: Env = env,
): Promise<OperatorClient> {
  return await operatorWith(await createOperator(access), environment);
}

/** The console in the browser of whoever has this session of the console project. */
export async function operatorWith(token: string, environment: Env = env): Promise<OperatorClient> {
  networks += 1;
  const visitor = createVisitor(environment, `203.0.113.${networks % 250}`);
  const host = new URL(env.BASE_URL).host;
  visitor.cookies.set(host, new Map([[CONSOLE_COOKIE, token]]));
  const sessionId = readSessionToken(token)?.sessionId ?? "";
  const csrf = hmac(services().runtime.sealer.macKey("csrf"), `console.${sessionId}`);
  const identityId =
    (await env.DB.prepare("SELECT identity_id FROM sessions WHERE id = ?").bind(sessionId).first<string>("identity_id")) ?? "";

  const client: OperatorClient = {
    visitor,
    token,
    identityId,
    csrf,
    page: async (path, headers = {}) => await readAnswer(await visitor.get(consoleUrl(path), headers)),
    async post(path, fields = {}, options = {}) {
      const { text } = await client.page(path);
      const forms = await formsOf(text);
      const wanted = (form: PageForm) =>
        options.form === undefined ? form.action === "" && form.method === "post" : options.form in form.fields;
      const form = forms.find(wanted);
      return await client.send(form?.action || path, { csrf_token: csrf, ...form?.fields, ...fields });
    },
    async send(path, fields, headers = {}) {
      const { body, type } = encode(fields);
      const answer = await visitor.send(consoleUrl(path), {
        method: "POST",
        headers: {
          Accept: "text/html",
          Origin: new URL(env.BASE_URL).origin,
          "Sec-Fetch-Site": "same-origin",
          ...(type ? { "Content-Type": type } : {}),
          ...headers,
        },
        body,
      });
      return await readAnswer(answer);
    },
    async signedInAgo(ms) {
      const at = services().runtime.clock() - ms;
      await env.DB.prepare("UPDATE sessions SET authenticated_at = ? WHERE id = ?").bind(at, sessionId).run();
    },
  };
  return client;
}

/** The address of a page of the console: paths are below `/console` unless they say so themselves. */
export function consoleUrl(path: string): string {
  if (path.startsWith("http")) return path;
  const own = path === "/console" || path.startsWith("/console/") || path.startsWith("/console?");
  return `${env.BASE_URL}${own ? "" : "/console"}${path === "/" && !own ? "" : path}`;
}

export interface PageForm {
  action: string;
  method: string;
  /** What a browser would send if the form were submitted as it stands. */
  fields: Record<string, string>;
}

/** The forms of a page, with the values that their fields have. */
export async function formsOf(text: string): Promise<PageForm[]> {
  const forms: PageForm[] = [];
  let form: PageForm | undefined;
  let area: { name: string; text: string } | undefined;
  let select: string | undefined;
  const rewriter = new HTMLRewriter()
    .on("form", {
      element(element) {
        form = {
          action: plain(element.getAttribute("action") ?? ""),
          method: (element.getAttribute("method") ?? "get").toLowerCase(),
          fields: {},
        };
        forms.push(form);
        element.onEndTag(() => {
          form = undefined;
        });
      },
    })
    .on("input", {
      element(element) {
        const name = element.getAttribute("name");
        if (!form || name === null || ["submit", "file"].includes(element.getAttribute("type") ?? "")) return;
        const ticks = ["checkbox", "radio"].includes(element.getAttribute("type") ?? "");
        if (ticks && !element.hasAttribute("checked")) return;
        form.fields[name] = plain(element.getAttribute("value") ?? (ticks ? "on" : ""));
      },
    })
    .on("textarea", {
      element(element) {
        const current = { name: element.getAttribute("name") ?? "", text: "" };
        area = current;
        const owner = form;
        element.onEndTag(() => {
          if (owner) owner.fields[current.name] = plain(current.text).replace(/^\n/, "");
          area = undefined;
        });
      },
      text(chunk) {
        if (area) area.text += chunk.text;
      },
    })
    .on("select", {
      element(element) {
        select = element.getAttribute("name") ?? "";
        element.onEndTag(() => {
          select = undefined;
        });
      },
    })
    .on("option", {
      element(element) {
        if (!form || select === undefined) return;
        if (element.hasAttribute("selected") || !(select in form.fields)) {
          form.fields[select] = plain(element.getAttribute("value") ?? "");
        }
      },
    });
  await rewriter.transform(new Response(text)).text();
  return forms;
}

/** What a person reads on a page: text without markup, in one line. */
export function readable(text: string): string {
  return plain(
    text
      .replace(/<(script|style|head)\b[\s\S]*?<\/\1>/gi, " ")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " "),
  ).trim();
}

async function readAnswer(answer: Response): Promise<ConsoleAnswer> {
  const target = answer.headers.get("location");
  const url = target === null ? undefined : new URL(target, env.BASE_URL);
  const own = url?.origin === new URL(env.BASE_URL).origin;
  return {
    status: answer.status,
    headers: answer.headers,
    text: /^(?:text|application)\//.test(answer.headers.get("content-type") ?? "text/") ? await answer.text() : "",
    location: url === undefined ? undefined : own ? `${url.pathname}${url.search}` : url.href,
  };
}

function encode(fields: FormFields): { body: BodyInit; type: string | undefined } {
  const entries = Object.entries(fields).flatMap(([name, value]) => {
    if (value === null) return [];
    const values = Array.isArray(value) ? (value as readonly string[]) : [value as string | File];
    return values.map((one) => [name, one] as const);
  });
  if (entries.every(([, value]) => typeof value === "string")) {
    const body = new URLSearchParams(entries as [string, string][]).toString();
    return { body, type: "application/x-www-form-urlencoded" };
  }
  const body = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === "string") body.append(name, value);
    else body.append(name, value, value.name);
  }
  return { body, type: undefined };
}

function plain(text: string): string {
  return text
    .replace(/&#(\d+);|&#x([0-9a-f]+);/gi, (_, d, h) => String.fromCodePoint(d ? Number(d) : Number.parseInt(h, 16)))
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
