// Building blocks of console pages: headings with actions, cards, facts, tables with their pager, empty states, times.

import type { Child } from "hono/jsx";

/** The title of a page, a sentence under it, and what can be done from here. */
export function PageHead({ title, lead, badge, actions }: { title: string; lead?: Child; badge?: Child; actions?: Child }) {
  return (
    <div class="page-head">
      <div class="page-title">
        <h1>
          {title} {badge}
        </h1>
        {lead ? <p class="lead">{lead}</p> : null}
      </div>
      {actions ? <div class="page-actions">{actions}</div> : null}
    </div>
  );
}

/** A part of a page with a heading of its own. `id` makes it linkable. */
export function Panel(props: { title?: string; id?: string; lead?: Child; actions?: Child; danger?: boolean; children: Child }) {
  const { title, id, lead, actions, danger, children } = props;
  return (
    <section class={danger ? "panel panel-danger" : "panel"} {...(id ? { id } : {})}>
      {title ? (
        <div class="panel-head">
          <div>
            <h2>{title}</h2>
            {lead ? <p class="hint">{lead}</p> : null}
          </div>
          {actions ? <div class="page-actions">{actions}</div> : null}
        </div>
      ) : null}
      {children}
    </section>
  );
}

export function ButtonLink({ href, kind, children }: { href: string; kind?: "primary" | "danger"; children: Child }) {
  return (
    <a class={`button${kind ? ` button-${kind}` : ""}`} href={href}>
      {children}
    </a>
  );
}

export function Button({ kind, name, value, children }: ButtonProps) {
  return (
    <button type="submit" class={`button${kind ? ` button-${kind}` : ""}`} {...(name ? { name, value: value ?? "" } : {})}>
      {children}
    </button>
  );
}

interface ButtonProps {
  kind?: "primary" | "danger";
  name?: string;
  value?: string;
  children: Child;
}

export type Tone = "good" | "bad" | "quiet";

/** A state in one word. The word says it; the colour only helps. */
export function Badge({ tone, children }: { tone: Tone; children: Child }) {
  return <span class={`tag tag-${tone}`}>{children}</span>;
}

/** Terms and their values. */
export function Facts({ items }: { items: readonly (readonly [term: string, value: Child] | undefined)[] }) {
  return (
    <dl class="facts">
      {items.map((item) =>
        item ? (
          <div>
            <dt>{item[0]}</dt>
            <dd>{item[1]}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

/** A table; on narrow screens a card for each row. The first column of a row names it. */
export function Table({
  caption,
  head,
  rows,
}: {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly Child[])[];
}) {
  return (
    <section class="table-scroll" tabindex={0} aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {head.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr>
              {cells.map((cell, index) =>
                index === 0 ? <th scope="row">{cell}</th> : <td data-label={head[index] ?? ""}>{cell}</td>,
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The way to the next page, and back to the first. Both keep the page's filters, which the hrefs carry. */
export function Pager({ nextHref, firstHref }: { nextHref: string | undefined; firstHref: string | undefined }) {
  if (nextHref === undefined && firstHref === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {firstHref === undefined ? null : <ButtonLink href={firstHref}>First page</ButtonLink>}
      {nextHref === undefined ? null : <ButtonLink href={nextHref}>Next page</ButtonLink>}
    </nav>
  );
}

/** Instead of an empty list: what will be here, and the next step. */
export function Empty({ title, children, action }: { title: string; children: Child; action?: Child }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action ? <div class="page-actions">{action}</div> : null}
    </div>
  );
}

/** A moment, relative to now, with the exact one on hover; the script keeps it in the reader's own time zone. */
export function Moment({ at, now }: { at: number; now: number }) {
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso} title={`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`}>
      {relative(at, now)}
    </time>
  );
}

/** A technical value with a button that copies it. */
export function CopyValue({ text, label }: { text: string; label: string }) {
  return (
    <span class="copy-value">
      <code>{text}</code>
      <button type="button" class="copy-button script-only" data-copy={text} aria-label={`Copy ${label}`}>
        Copy
      </button>
    </span>
  );
}

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

function relative(at: number, now: number): string {
  const distance = at - now;
  const [unit, ms] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? ["second", 1000];
  if (unit === "second") return "just now";
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(distance / ms), unit);
}
