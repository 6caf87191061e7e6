// Worker entry: fetch and scheduled. Nothing else.

import { createEntrance } from "./app.ts";
import { nightShift } from "./jobs/night-shift.ts";
import { servicesFor } from "./services.ts";

export default {
  fetch: createEntrance(),
  scheduled: async (_controller, env) => {
    await nightShift(servicesFor(env).runtime);
  },
} satisfies ExportedHandler<Env>;
