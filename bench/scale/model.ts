// One scenario from end to end: simulated caches, then demand, capacity, usage and bill.

import { type HitShares, type SimulatedTraffic, simulateCaches } from "../../scripts/scale-simulation.ts";
import { type Scenario, SECONDS_PER_MONTH } from "./assumptions.ts";
import { type Capacity, capacityOf } from "./capacity.ts";
import { type Bill, billOf, usageOf } from "./cost.ts";
import { type Demand, demandOf, hostRequestsPerLogin } from "./demand.ts";
import { organizationsOf, projectsOf } from "./growth.ts";

export interface Month {
  scenario: Scenario;
  traffic: SimulatedTraffic;
  hits: HitShares;
  demand: Demand;
  capacity: Capacity;
  bill: Bill;
}

export const SEED = 20261124;

/**
 * @param instead lifetimes to try instead of the code's
 * @param known a month whose simulation serves when its traffic is the same
 */
export function monthOf(s: Scenario, instead: SimulatedTraffic["instead"] = {}, known?: Month): Month {
  const traffic = trafficOf(s, instead);
  const same = known && JSON.stringify(known.traffic) === JSON.stringify(traffic);
  const hits = same ? known.hits : simulateCaches(traffic);
  const demand = demandOf(s, hits);
  const capacity = capacityOf(s, hits, demand);
  const bill = billOf(usageOf(s, capacity.databases, hits, demand));
  return { scenario: s, traffic, hits, demand, capacity, bill };
}

export function trafficOf(s: Scenario, instead: SimulatedTraffic["instead"] = {}): SimulatedTraffic {
  return {
    loginsPerSecond: s.loginsPerMonth / SECONDS_PER_MONTH,
    lookupsPerLogin: s.lookupsPerLogin,
    unknownShare: s.unknownShare,
    hostRequestsPerLogin: hostRequestsPerLogin(s),
    organizations: organizationsOf(s),
    projects: projectsOf(s),
    skew: s.skew,
    locality: s.locality,
    locations: s.locations,
    perIsolate: s.requestsPerIsolate,
    isolateSeconds: s.isolateMinutes * 60,
    seed: SEED,
    instead,
  };
}
