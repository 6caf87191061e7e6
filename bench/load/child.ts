// The load generator's process: takes jobs, does them one at a time, tells what came out.

import { drive } from "./drive.ts";
import type { Job } from "./job.ts";

process.on("message", (job: Job) => {
  void drive(job).then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
