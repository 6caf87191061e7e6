// How much memory a running Worker's JavaScript holds, asked over the inspector that `wrangler dev` opens. The process's
// resident memory tells less: it also has workerd's own buffers and what the allocator keeps for later.

export interface HeapMeter {
  /** Bytes of objects, alive or not yet collected. */
  used(): Promise<number>;
  close(): void;
}

/** The inspector's proxy answers only those who come from the developer tools. */
const ORIGIN = "https://devtools.devprod.cloudflare.dev";

/** Connects to the inspector on this port of this machine. */
export async function openHeapMeter(port: number): Promise<HeapMeter> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  // Node's WebSocket takes headers; the type of the standard does not know them.
  const options = { headers: { Origin: ORIGIN } } as unknown as string[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? "", options);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the inspector does not answer")));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", (event) => {
    const { id, result } = JSON.parse(String(event.data)) as { id?: number; result?: unknown };
    if (id === undefined) return;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let last = 0;
  return {
    async used() {
      { last += 1; const gc = last; const done = new Promise<unknown>((r) => waiting.set(gc, r)); socket.send(JSON.stringify({ id: gc, method: "HeapProfiler.collectGarbage" })); await done; }
      last += 1;
      const id = last;
      const answer = new Promise<unknown>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, method: "Runtime.getHeapUsage" }));
      return ((await answer) as { usedSize: number }).usedSize;
    },
    close: () => socket.close(),
  };
}
