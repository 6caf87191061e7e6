// Numbers and tables as docs/scale.md shows them, and the marked parts of it that are generated.

/** Two significant digits are what such estimates bear: 1,234,567 becomes 1.2M. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "without end";
  const [unit, name] = UNITS.find(([size]) => Math.abs(value) >= size * 0.9995) ?? [1, ""];
  return `${digits(value / unit)}${name}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];

export function bytes(value: number): string {
  if (!Number.isFinite(value)) return "without end";
  const [unit, name] = BYTES.find(([size]) => value >= size) ?? [1, "B"];
  return `${digits(value / unit)} ${name}`;
}

const BYTES: readonly (readonly [number, string])[] = [
  [1e12, "TB"],
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
];

export function dollars(value: number): string {
  return value === 0 ? "0" : value < 1 ? "< 1" : Math.round(value).toLocaleString("en-US");
}

export function percent(share: number): string {
  return share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`;
}

export function milliseconds(value: number): string {
  return value > 10_000 ? "grows without end" : `${digits(value)} ms`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function digits(value: number): string {
  if (value === 0) return "0";
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  return decimals > 3 ? "0" : String(Number(value.toFixed(decimals)));
}

/** A markdown table; the columns after the first stand to the right unless `left`. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = false): string {
  const rule = head.map((_, column) => (column === 0 || left ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The document with its generated parts replaced, each between `<!-- scale:NAME -->` and `<!-- /scale:NAME -->`. */
export function withParts(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [open, close] = [`<!-- scale:${name} -->`, `<!-- /scale:${name} -->`];
    const [start, end] = [text.indexOf(open), text.indexOf(close)];
    if (start < 0 || end < start) throw new Error(`docs/scale.md has no part ${name}`);
    return `${text.slice(0, start + open.length)}\n${part}\n${text.slice(end)}`;
  }, document);
}
