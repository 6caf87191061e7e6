// The short number that a person reads out to support. It is made of the id of an audit event or a request alone, so that
// nothing has to be stored for it, and it names a range of ids so narrow that the audit log's primary key finds the event.
//
// A UUIDv7 (RFC 9562, section 5.7) begins with 48 bits of time, the version, and 12 random bits. The reference has the
// milliseconds since 2025 (40 bits, until 2059) and the first 10 of the random bits: ten characters of Crockford's base 32,
// which has no letters that look like digits.

/** Milliseconds: 2025-01-01T00:00:00Z. */
const EPOCH = 1_735_689_600_000;
const TIME_LIMIT = 2 ** 40;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 10;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The ids that a reference may stand for, both ends included. */
export interface ReferenceRange {
  from: string;
  to: string;
  /** Milliseconds since the epoch when the thing was made; undefined for an id that does not say. */
  at: number | undefined;
}

/** The reference of an id, such as `0Q9TX-4M2KA`. An id that carries no time of ours is its own reference. */
export function referenceOf(id: string): string {
  const time = timeOf(id);
  const random = Number.parseInt(UUID_V7.exec(id)?.[3] ?? "", 16);
  if (time === undefined || time < EPOCH || time - EPOCH >= TIME_LIMIT) return id;
  let rest = (BigInt(time - EPOCH) << 10n) | BigInt(random >> 2);
  let text = "";
  for (let i = 0; i < LENGTH; i++) {
    text = ALPHABET.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return `${text.slice(0, 5)}-${text.slice(5)}`;
}

/**
 * The ids that a reference stands for, as people type it: in small letters, without the hyphen, with O for 0 and I or L for
 * 1, or the whole id. Undefined when it can be no reference.
 */
export function referenceRange(text: string): ReferenceRange | undefined {
  const typed = text.trim();
  const id = typed.toLowerCase();
  if (UUID.test(id)) return { from: id, to: id, at: timeOf(id) };
  const letters = typed.replaceAll(/[\s-]/g, "").toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  if (letters.length !== LENGTH) return undefined;
  let value = 0n;
  for (const letter of letters) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  const at = Number(value >> 10n) + EPOCH;
  const random = Number(value & 1023n) << 2;
  return {
    from: `${start(at)}-7${hex(random, 3)}-0000-000000000000`,
    to: `${start(at)}-7${hex(random + 3, 3)}-ffff-ffffffffffff`,
    at,
  };
}

/** The smallest id of a moment, milliseconds since the epoch. */
export function firstIdAt(at: number): string {
  return `${start(at)}-7000-8000-000000000000`;
}

function timeOf(id: string): number | undefined {
  const match = UUID_V7.exec(id);
  return match ? Number.parseInt(`${match[1]}${match[2]}`, 16) : undefined;
}

/** The first twelve digits of a UUIDv7. */
function start(at: number): string {
  const digits = hex(at, 12);
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, "0");
}
