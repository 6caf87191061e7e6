// What a page does, as a curl line for the management API: shown on demand.

export interface ApiCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query on the base host. */
  path: string;
  /** Where it is, when not on the base host: a project's admin API is on the project's own. */
  origin?: string;
  /** JSON body. */
  body?: Record<string, unknown> | readonly unknown[];
  /** Name of a file that is the body. */
  file?: string;
}

/** "Do this with the API": one curl line for each call. */
export function ApiCalls({ baseUrl, calls }: { baseUrl: string; calls: readonly ApiCall[] }) {
  return (
    <details class="api-calls">
      <summary>Do this with the API</summary>
      {calls.map((call) => {
        const line = curlLine(baseUrl, call);
        return (
          <div class="copy-box">
            <code>{line}</code>
            <button type="button" class="copy script-only" data-copy={line} aria-label="Copy the command">
              Copy
            </button>
          </div>
        );
      })}
      <p class="hint">
        Put an API key of this project, or the root key, into <code>ORGATE_KEY</code>. All calls are in the{" "}
        <a href="/docs">API reference</a>.
      </p>
    </details>
  );
}

/** A line for a POSIX shell. */
export function curlLine(baseUrl: string, { method, path, origin = baseUrl, body, file }: ApiCall): string {
  const parts = [
    "curl",
    ...(method === "GET" ? [] : ["-X", method]),
    quote(`${origin}${path}`),
    '-H "Authorization: Bearer $ORGATE_KEY"',
  ];
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", "-d", quote(JSON.stringify(body)));
  if (file !== undefined) parts.push("--data-binary", quote(`@${file}`));
  return parts.join(" ");
}

/** One word for a POSIX shell, whatever it contains. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
