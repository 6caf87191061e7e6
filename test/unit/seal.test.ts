import { expect, test } from "vitest";
import { createSealer } from "../../src/crypto/seal.ts";

const key = (id: string, fill: number) => ({ id, secret: new Uint8Array(32).fill(fill) });

test("what one purpose sealed, another does not open (T102)", async () => {
  const sealer = createSealer([key("k1", 1)]);
  const sealed = await sealer.seal("connections/client_secret/p/a", "hush");
  expect(await sealer.open("connections/client_secret/p/a", sealed)).toBe("hush");
  expect(await sealer.open("connections/client_secret/p/b", sealed)).toBeUndefined();
  expect(await sealer.open("connections/client_secret/p/a", `${sealed.slice(0, -2)}AA`)).toBeUndefined();
});

test("after a rotation old values still open and are known as stale (T103)", async () => {
  const sealed = await createSealer([key("k1", 1)]).seal("x", "hush");
  const rotated = createSealer([key("k2", 2), key("k1", 1)]);
  expect(await rotated.open("x", sealed)).toBe("hush");
  expect(rotated.isStale(sealed)).toBe(true);
  expect(rotated.isStale(await rotated.seal("x", "new"))).toBe(false);
  expect(await createSealer([key("k2", 2)]).open("x", sealed)).toBeUndefined();
});
