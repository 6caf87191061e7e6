// Worker entry: fetch and scheduled. Nothing else.

import { createApp } from "./app.ts";
import { nightShift } from "./jobs/night-shift.ts";
import { servicesFor } from "./services.ts";

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: async (_controller, env) => {
    await nightShift(servicesFor(env).runtime);
  },
} satisfies ExportedHandler<Env>;
