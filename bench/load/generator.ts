// Starts the load generator in a process of its own, so that what it costs is not taken from whom it measures.

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Job, Outcome } from "./job.ts";

export interface Generator {
  /** Does a job. @throws {Error} when the generator itself failed */
  run(job: Job): Promise<Outcome>;
  close(): void;
}

export function startGenerator(): Generator {
  const child: ChildProcess = fork(join(import.meta.dirname, "child.ts"), { execArgv: ["--no-warnings"] });
  return {
    run(job) {
      return new Promise((resolve, reject) => {
        const ended = () => reject(new Error("the load generator has ended"));
        child.once("exit", ended);
        child.once("message", (message: { outcome: Outcome } | { error: string }) => {
          child.off("exit", ended);
          if ("outcome" in message) resolve(message.outcome);
          else reject(new Error(message.error));
        });
        child.send(job);
      });
    },
    close: () => child.disconnect(),
  };
}
