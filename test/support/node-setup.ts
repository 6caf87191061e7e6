// What tests that look at Orgate from outside share, made before the first of them: the built Worker, the unpacked browser.

import type { TestProject } from "vitest/node";
import { unpackBrowser } from "./browser.ts";
import { buildWorker } from "./built-worker.ts";

/** Returns what cleans up after the last of them. */
export async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const { filenamePattern } = project.vitest as { filenamePattern?: string[] };
  const { testFiles } = await project.globTestFiles(filenamePattern);
  const among = (folder: string) => testFiles.some((file) => file.includes(`/test/${folder}/`));
  if (among("browser") && !process.env["CHROMIUM_PATH"]) await unpackBrowser();
  return ["flows", "browser", "bench"].some(among) ? await buildWorker() : undefined;
}
