// Flows travel through the browser sealed: the flow itself as its id, its progress as a cookie. A flow sealed for one
// project does not open in another, and progress opens only with the flow it belongs to.

import type * as z from "zod";
import type { Sealer } from "../../crypto/seal.ts";
import type { Flow, FlowProgress } from "./flow.ts";

/** Longer ids are not ours. */
const MAX_SEALED_LENGTH = 6000;

/** The id of a flow: URL-safe, opaque, about 500 characters plus the return target. */
export function sealFlow(sealer: Sealer, projectId: string, flow: Flow): Promise<string> {
  return sealer.seal(`flow/${projectId}`, JSON.stringify(flow));
}

/** The flow of an id, expired or not; undefined for anything that was not sealed here for this project. */
export async function openFlow(sealer: Sealer, projectId: string, id: string): Promise<Flow | undefined> {
  return open(sealer, `flow/${projectId}`, id, async () => (await import("./sealed.ts")).SealedFlow);
}

export function sealProgress(sealer: Sealer, flow: Flow, progress: FlowProgress): Promise<string> {
  return sealer.seal(`flow-progress/${flow.uuid}`, JSON.stringify(progress));
}

/** The progress of this very flow, or undefined when the sealed text is another's or altered. */
export async function openProgress(sealer: Sealer, flow: Flow, sealed: string): Promise<FlowProgress | undefined> {
  const schema = async () => (await import("./sealed.ts")).SealedProgress;
  return (await open(sealer, `flow-progress/${flow.uuid}`, sealed, schema)) as FlowProgress | undefined;
}

async function open<T>(
  sealer: Sealer,
  purpose: string,
  sealed: string,
  schema: () => Promise<z.ZodType<T>>,
): Promise<T | undefined> {
  if (sealed.length > MAX_SEALED_LENGTH) return undefined;
  const text = await sealer.open(purpose, sealed);
  return text === undefined ? undefined : (await schema()).safeParse(JSON.parse(text)).data;
}
