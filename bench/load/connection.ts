// One keep-alive connection that speaks as much HTTP/1.1 (RFC 9112) as a load needs, because a client that costs as much as
// the server measures itself. One request at a time; an answer has a length or comes in chunks.

import { connect, type Socket } from "node:net";

export interface Answer {
  status: number;
  /** Status line and headers. */
  head: string;
  body: string;
}

export interface Connection {
  /** Connects, so that the first request does not have to. */
  connect(): Promise<void>;
  /** Sends a whole request and waits for its answer. Connects when it has to. */
  send(request: string): Promise<Answer>;
  close(): void;
}

export function openConnection(host: string, port: number): Connection {
  let socket: Socket | undefined;
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  function settle(outcome: Answer | Error): void {
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    if (outcome instanceof Error) reject?.(outcome);
    else resolve?.(outcome);
  }

  function open(): Socket {
    const opened = connect({ host, port, noDelay: true });
    received = Buffer.alloc(0);
    opened.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const answer = parseAnswer(received);
      if (!answer) return;
      received = Buffer.alloc(0);
      settle(answer);
    });
    opened.on("error", (error) => settle(error));
    opened.on("close", () => {
      if (socket === opened) socket = undefined;
      settle(new Error("the connection was closed before the answer"));
    });
    return opened;
  }

  return {
    connect() {
      return new Promise((resolve) => {
        socket ??= open();
        // Who cannot connect is told so by the first request.
        for (const event of ["connect", "close"]) socket.once(event, () => resolve());
      });
    },
    send(request) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket ??= open();
        socket.write(request);
      });
    },
    close: () => socket?.destroy(),
  };
}

/** The answer, or undefined while some of it is missing. */
export function parseAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const rest = bytes.subarray(end + 4);
  const length = headerOf(head, "content-length");
  if (length !== undefined) {
    return rest.length < Number(length) ? undefined : { status, head, body: rest.toString("utf8", 0, Number(length)) };
  }
  if (headerOf(head, "transfer-encoding") === undefined) return { status, head, body: "" };
  const body = readChunks(rest);
  return body === undefined ? undefined : { status, head, body };
}

/** The first header of a name in lower case, or undefined. */
export function headerOf(head: string, name: string): string | undefined {
  return headersOf(head, name)[0];
}

/** All headers of a name in lower case. */
export function headersOf(head: string, name: string): string[] {
  const found: string[] = [];
  for (const line of head.split("\r\n")) {
    if (line.charCodeAt(name.length) === 58 && line.slice(0, name.length).toLowerCase() === name) {
      found.push(line.slice(name.length + 1).trim());
    }
  }
  return found;
}

/** RFC 9112, section 7.1, without trailers. */
function readChunks(bytes: Buffer): string | undefined {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return body;
    body += bytes.toString("utf8", lineEnd + 2, next - 2);
    at = next;
  }
}
