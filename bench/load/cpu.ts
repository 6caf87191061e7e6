// The time that a process has had on a processor, as Linux counts it.

import { readdirSync, readFileSync } from "node:fs";

/** Length of a tick in /proc/<pid>/stat, microseconds: USER_HZ is 100 on every Linux that Node runs on. */
const TICK = 10_000;

/** Microseconds, user and system, of all its threads; 0 where there is no /proc. */
export function cpuMicroseconds(pid: number): number {
  return fromSchedstat(pid) ?? fromStat(pid) ?? 0;
}

/** Counted in nanoseconds, where the kernel keeps the figures. */
function fromSchedstat(pid: number): number | undefined {
  try {
    let nanoseconds = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const line = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8");
      nanoseconds += Number(line.split(" ", 1)[0]);
    }
    return nanoseconds / 1000;
  } catch {
    return undefined;
  }
}

function fromStat(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command may hold spaces; what follows its last bracket does not. utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  } catch {
    return undefined;
  }
}
