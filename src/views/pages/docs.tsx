// /docs: the management API's reference, rendered from its OpenAPI document. No script, nothing from elsewhere.

import { html } from "hono/html";
import { assetUrl } from "../assets.ts";
import { exampleOf, type JsonSchema, properties, type SchemaBook, typeName } from "../schema-text.ts";

export interface ApiOperation {
  operationId?: string | undefined;
  summary?: string | undefined;
  description?: string | undefined;
  tags?: string[] | undefined;
  parameters?: unknown[] | undefined;
  requestBody?: unknown;
  responses?: unknown;
}

/** As much of an OpenAPI 3.1 document as the page shows. */
export interface ApiDocument {
  info: { title: string; description?: string | undefined };
  tags?: { name: string; description?: string | undefined }[] | undefined;
  paths?: Record<string, unknown> | undefined;
  components?: { schemas?: Record<string, unknown> | undefined } | undefined;
}

interface Entry {
  id: string;
  method: string;
  path: string;
  operation: ApiOperation;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: JsonSchema;
}

/** @param props.origin where the API is, for the curl lines */
export function docsPage(props: { document: ApiDocument; origin: string }) {
  return html`<!doctype html>${<Document {...props} />}`;
}

function Document({ document, origin }: { document: ApiDocument; origin: string }) {
  const book = (document.components?.schemas ?? {}) as SchemaBook;
  const entries = entriesOf(document);
  const groups = groupsOf(document, entries);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{document.info.title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetUrl("design.css")} />
        <link rel="stylesheet" href={assetUrl("orgate.css")} />
        <link rel="stylesheet" href={assetUrl("docs.css")} />
      </head>
      <body class="docs">
        <a class="docs-skip" href="#content">
          Skip to the reference
        </a>
        <nav class="docs-nav" aria-label="Operations">
          <p class="docs-nav-title">{document.info.title}</p>
          {groups.map((group) => (
            <section>
              <p class="docs-nav-group">{group.name}</p>
              <ul>
                {group.entries.map((entry) => (
                  <li>
                    <a href={`#${entry.id}`}>{entry.operation.summary ?? entry.path}</a>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </nav>
        <main class="docs-main" id="content">
          <Introduction document={document} origin={origin} />
          {groups.map((group) => (
            <section class="docs-group">
              <h2>{group.name}</h2>
              {group.description ? <p class="docs-lead">{group.description}</p> : null}
              {group.entries.map((entry) => (
                <Operation entry={entry} book={book} origin={origin} />
              ))}
            </section>
          ))}
        </main>
      </body>
    </html>
  );
}

function Introduction({ document, origin }: { document: ApiDocument; origin: string }) {
  return (
    <header class="docs-intro">
      <h1>{document.info.title}</h1>
      <p class="docs-lead">{document.info.description}</p>
      <dl class="docs-facts">
        <dt>Address</dt>
        <dd>
          <code>{origin}</code>
        </dd>
        <dt>Credentials</dt>
        <dd>
          <code>Authorization: Bearer …</code> with the root key or a project's API key; or an operator's session as cookie{" "}
          <code>ory_session_ory</code> from a client that is no browser.
        </dd>
        <dt>Bodies</dt>
        <dd>
          JSON with <code>Content-Type: application/json</code>, at most 64 KiB. Unknown fields are refused.
        </dd>
        <dt>Errors</dt>
        <dd>
          One envelope: <code>{'{"error":{"id","code","status","reason","message","request","details"}}'}</code>. Nothing is
          changed by a request that fails.
        </dd>
        <dt>Machine-readable</dt>
        <dd>
          <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1)
        </dd>
      </dl>
    </header>
  );
}

function Operation({ entry, book, origin }: { entry: Entry; book: SchemaBook; origin: string }) {
  const { operation, method, path } = entry;
  const parameters = (operation.parameters ?? []) as Parameter[];
  const body = contentSchema(operation.requestBody);
  return (
    <article class="docs-operation" id={entry.id}>
      <h3>
        <a href={`#${entry.id}`}>{operation.summary ?? path}</a>
      </h3>
      <p class="docs-address">
        <span class={`docs-method docs-method-${method}`}>{method.toUpperCase()}</span> <code>{path}</code>
      </p>
      {operation.description ? <p>{operation.description}</p> : null}
      {parameters.length > 0 ? <Parameters parameters={parameters} book={book} /> : null}
      {body ? <Fields title="Body" schema={body} book={book} /> : null}
      <Answers responses={operation.responses} book={book} />
      <p class="docs-label">Example</p>
      <pre tabindex={0}>{curl(entry, body, book, origin)}</pre>
    </article>
  );
}

function Parameters({ parameters, book }: { parameters: Parameter[]; book: SchemaBook }) {
  return (
    <>
      <p class="docs-label">Parameters</p>
      <table>
        <tbody>
          {parameters.map((p) => (
            <tr>
              <th scope="row">
                <code>{p.name}</code>
                <small>{p.required ? `${p.in}, required` : p.in}</small>
              </th>
              <td>{typeName(p.schema, book)}</td>
              <td>{p.description ?? p.schema?.description ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Fields({ title, schema, book }: { title: string; schema: JsonSchema; book: SchemaBook }) {
  return (
    <details open={title === "Body"}>
      <summary>{title}</summary>
      <table>
        <tbody>
          {properties(schema, book).map((field) => (
            <tr>
              <th scope="row">
                <code>{field.name}</code>
                {field.required ? <small>required</small> : null}
              </th>
              <td>{typeName(field.schema, book)}</td>
              <td>{field.schema.description ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Answers({ responses, book }: { responses: unknown; book: SchemaBook }) {
  const all = Object.entries((responses ?? {}) as Record<string, { description: string }>);
  const good = all.filter(([status]) => status.startsWith("2"));
  const bad = all.filter(([status]) => !status.startsWith("2"));
  return (
    <>
      {good.map(([status, response]) => {
        const schema = contentSchema(response);
        return schema ? (
          <Fields title={`${status} ${response.description}`} schema={schema} book={book} />
        ) : (
          <p>
            <strong>{status}</strong> {response.description}
          </p>
        );
      })}
      <details>
        <summary>Errors {bad.map(([status]) => status).join(", ")}</summary>
        <table>
          <tbody>
            {bad.map(([status, response]) => (
              <tr>
                <th scope="row">{status}</th>
                <td>{response.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

const METHODS = ["get", "post", "put", "patch", "delete"];

function entriesOf(document: ApiDocument): Entry[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, ApiOperation>)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({ id: operation.operationId ?? `${method}-${path}`, method, path, operation })),
  );
}

function groupsOf(document: ApiDocument, entries: Entry[]) {
  const known = document.tags ?? [];
  const tagOf = (entry: Entry) => entry.operation.tags?.[0] ?? "other";
  const others = [...new Set(entries.map(tagOf))].filter((name) => !known.some((tag) => tag.name === name));
  return [...known, ...others.map((name) => ({ name, description: undefined }))]
    .map((tag) => ({ ...tag, entries: entries.filter((entry) => tagOf(entry) === tag.name) }))
    .filter((group) => group.entries.length > 0);
}

function contentSchema(holder: unknown): JsonSchema | undefined {
  const content = (holder as { content?: Record<string, { schema?: JsonSchema }> } | undefined)?.content;
  return content?.["application/json"]?.schema;
}

function curl(entry: Entry, body: JsonSchema | undefined, book: SchemaBook, origin: string): string {
  const path = entry.path.replaceAll(/\{(.+?)\}/g, "$${$1}");
  const lines = [`curl ${entry.method === "get" ? "" : `-X ${entry.method.toUpperCase()} `}"${origin}${path}"`];
  lines.push(`-H "Authorization: Bearer $\{api_key}"`);
  if (body) {
    lines.push(`-H "Content-Type: application/json"`);
    lines.push(`-d '${JSON.stringify(exampleOf(body, book), null, 2)}'`);
  }
  return lines.join(" \\\n  ");
}
