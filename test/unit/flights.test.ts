// Work that many ask for at once. That requests of a real runtime may share it, also when one of them is cancelled, is shown
// in test/flows/stampede.test.ts.

import { describe, expect, test } from "vitest";
import { createFlights } from "../../src/domain/flights.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Work that ends when it is told to. */
function work<T>() {
  let land: (value: T) => void = () => undefined;
  let crash: (error: unknown) => void = () => undefined;
  const outcome = new Promise<T>((resolve, reject) => {
    land = resolve;
    crash = reject;
  });
  const begun = { times: 0 };
  const run = () => {
    begun.times += 1;
    return outcome;
  };
  return { land: (value: T) => land(value), crash: (error: unknown) => crash(error), begun, run };
}

function flights<T>(patience = 60_000, clock = () => Date.now()) {
  const background: Promise<unknown>[] = [];
  const shared = createFlights<T>({ clock, background: (promise) => void background.push(promise), patience });
  return { shared, background };
}

describe("a flight", () => {
  test("is one for a thousand, and what it brings is kept once", async () => {
    const { shared } = flights<object>();
    const { run, land, begun } = work<object>();
    const kept: object[] = [];
    const all = Array.from({ length: 1000 }, () => shared.share("k", run, (value) => kept.push(value)));
    const value = {};
    land(value);
    expect(new Set(await Promise.all(all))).toEqual(new Set([value]));
    expect([begun.times, kept.length, kept[0] === value]).toEqual([1, 1, true]);
  });

  test("fails for everybody who waits, and for nobody after them", async () => {
    const { shared, background } = flights<string>();
    const first = work<string>();
    const all = Array.from({ length: 100 }, () => shared.share("k", first.run).catch((error: Error) => error.message));
    first.crash(new Error("down"));
    expect(new Set(await Promise.all(all))).toEqual(new Set(["down"]));
    expect(await shared.share("k", async () => "up")).toBe("up");
    expect(await Promise.all(background)).toEqual([undefined, "up"]);
  });

  test("may bring undefined", async () => {
    const { shared } = flights<undefined>();
    const { run, land, begun } = work<undefined>();
    const all = [shared.share("k", run), shared.share("k", run)];
    land(undefined);
    expect(await Promise.all(all)).toEqual([undefined, undefined]);
    expect(begun.times).toBe(1);
  });

  test("does not hold up another key", async () => {
    const { shared } = flights<string>();
    void shared.share("hangs", () => new Promise(() => undefined));
    expect(await shared.share("other", async () => "landed")).toBe("landed");
  });

  test("that was lost is taken over by one of those who waited", async () => {
    const { shared } = flights<string>(50);
    void shared.share("k", () => new Promise(() => undefined));
    const next = work<string>();
    next.land("landed");
    const all = await Promise.all(Array.from({ length: 20 }, () => shared.share("k", next.run)));
    expect([new Set(all), next.begun.times]).toEqual([new Set(["landed"]), 1]);
  });

  test("F34: that was lost keeps nobody for longer when the clock is set back", async () => {
    let now = 1_000_000;
    const { shared } = flights<string>(50, () => now);
    void shared.share("k", () => new Promise(() => undefined));
    now -= 3_600_000;
    expect(await shared.share("k", async () => "landed")).toBe("landed");
  });

  test("that comes in after it was given up is not kept", async () => {
    const { shared } = flights<string>(50);
    const late = work<string>();
    const kept: string[] = [];
    const lost = shared.share("k", late.run, (value) => kept.push(value));
    expect(
      await shared.share(
        "k",
        async () => "newer",
        (value) => kept.push(value),
      ),
    ).toBe("newer");
    late.land("older");
    expect(await lost).toBe("older");
    expect(kept).toEqual(["newer"]);
  });

  test("whose ground has moved is not joined and not kept", async () => {
    const { shared } = flights<string>();
    const before = work<string>();
    const kept: string[] = [];
    const old = shared.share("k", before.run, (value) => kept.push(value));
    shared.forget("k");
    expect(shared.has("k")).toBe(false);
    expect(await shared.share("k", async () => "after")).toBe("after");
    before.land("before");
    expect(await old).toBe("before");
    await pause(0);
    expect(kept).toEqual([]);
  });
});
