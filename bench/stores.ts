// A plugin of the local runtime that opens sockets to its databases and namespaces: its own sockets lead to Workers only.

import type { Plugin } from "miniflare";

/** Ports on 127.0.0.1 of databases and namespaces, by their ids. What is spoken there is what workerd's bindings speak. */
export interface Stores {
  d1: Record<string, number>;
  kv: Record<string, number>;
}

export const PLUGIN = "bench-stores";

/** Miniflare's services behind its bindings; which database or namespace is meant is told beside the name. */
const ENTRIES = { d1: "d1:db:entry", kv: "kv:ns:entry" };

/** Takes the options of a Worker's unsafe binding of this type. */
export const plugins: Record<string, Plugin> = {
  [PLUGIN]: {
    getBindings: () => [],
    getNodeBindings: () => ({}),
    getServices({ options }) {
      const bindings = Object.values(options.config.env ?? {}) as { type: string; dev?: { options?: object } }[];
      const stores = bindings.find(({ type }) => type === `unsafe:${PLUGIN}`)?.dev?.options as Stores | undefined;
      return { services: [], extensions: [], sockets: stores ? [...socketsOf("d1", stores), ...socketsOf("kv", stores)] : [] };
    },
  },
};

function socketsOf(kind: keyof Stores, stores: Stores) {
  return Object.entries(stores[kind]).map(([id, port]) => ({
    name: `${kind}:${id}`,
    address: `127.0.0.1:${port}`,
    http: {},
    service: { name: ENTRIES[kind], props: { json: JSON.stringify({ MINIFLARE_NAMESPACE: id }) } },
  }));
}
