// Counts what one request costs, and what goes on after its answer: what is asked of D1, KV, the rate limiter and other
// servers, and the bytes that are sent.

import type { Budget } from "../../bench/budgets.ts";
import { type CountedEnv, countingEnv } from "../support/counting.ts";
import type { Network } from "../support/idp/network.ts";

/** An isolate that remembers nothing yet, whose D1 says how many rows it reads. */
export function newIsolate(env: Env): CountedEnv {
  return countingEnv(env, { measureRows: true });
}

/** What `act` costs in this isolate. */
export async function measure(
  isolate: CountedEnv,
  network: Network,
  act: () => Promise<Response>,
): Promise<{ answer: Response; cost: Budget }> {
  await settled(isolate);
  isolate.reset();
  const before = network.requests.length;
  const answer = await act();
  const body = await answer.clone().arrayBuffer();
  await settled(isolate);
  const { d1, domainIndex, idpCache, shieldKeys } = isolate;
  return {
    answer,
    cost: {
      d1RoundTrips: d1.roundTrips,
      d1Statements: d1.statements,
      rowsRead: d1.rowsRead,
      rowsWritten: d1.rowsWritten,
      kvGets: domainIndex.gets + idpCache.gets,
      kvPuts: domainIndex.puts + idpCache.puts,
      kvBytes: domainIndex.putBytes + idpCache.putBytes,
      rateLimits: shieldKeys.length,
      fetches: network.requests.length - before,
      answerBytes: body.byteLength + headerBytes(answer),
    },
  };
}

/** Nothing is under way, for so long that what follows from it would have begun. */
async function settled(isolate: CountedEnv): Promise<void> {
  for (let quiet = 0; quiet < 5; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (isolate.underWay > 0) quiet = -1;
  }
}

/** As HTTP/1.1 writes them; HTTP/2 compresses. */
function headerBytes(answer: Response): number {
  return [...answer.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}
