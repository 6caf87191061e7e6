// Worker entry: fetch and scheduled. Nothing else.
// (Imports are dynamic only until every door exists.)
export default {
  fetch: async (request, env, ctx) => {
    const { createApp } = await import("./app.ts");
    return createApp().fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
