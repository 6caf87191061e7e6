// Stands in front of the built Worker in its runtime and counts what each isolate asks of D1 and KV, for tests that send it
// real requests. `POST /__counted` with faults to set answers the counts since the last such request.
//
// The counting environment stays one object, as the environment of an isolate does, so what the services remember stays too.

import worker from "../../src/index.ts";
import { type CountedEnv, countingEnv, type Faults } from "./counting.ts";

/** What a test reads. */
export interface Counts {
  d1: { roundTrips: number; sql: string[][] };
  domainIndex: { gets: number; puts: number };
  idpCache: { gets: number; puts: number };
}

let counted: CountedEnv | undefined;

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    counted ??= countingEnv(env);
    if (new URL(request.url).pathname !== "/__counted") return await worker.fetch(request, counted.env, context);
    const { d1, domainIndex, idpCache } = counted;
    const answer = Response.json({ d1: { roundTrips: d1.roundTrips, sql: d1.sql }, domainIndex, idpCache });
    counted.reset();
    Object.assign(counted.faults, (await request.json()) as Partial<Faults>);
    return answer;
  },
};
