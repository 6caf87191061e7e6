// The frame of every hosted page: head, brand, one calm card.

import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { assetUrl } from "./assets.ts";
import { type Brand, brandName } from "./brand.ts";

export interface LayoutProps {
  title: string;
  /** Over the card; without one the card stands alone. */
  brand?: string | Brand;
  /** Below the card, e.g. the way to the other form. */
  footer?: Child;
  children: Child;
}

/** A rendered page, as Hono's `c.html` takes it. */
export type Page = ReturnType<typeof html>;

/**
 * A complete document. The script in the head is tiny, cached for ever, and marks the document before the body is
 * parsed, so that neither the page with it nor the page without it flickers.
 */
export function page(props: LayoutProps): Page {
  return html`<!doctype html>${<Document {...props} />}`;
}

function Document({ title, brand, footer, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>{brand ? `${title} · ${brandName(brand)}` : title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetUrl("design.css")} />
        <link rel="stylesheet" href={assetUrl("orgate.css")} />
        {typeof brand === "object" && brand.style ? <link rel="stylesheet" href={brand.style} /> : null}
        <script src={assetUrl("hosted.js")}></script>
      </head>
      <body>
        <main class="stage">
          {brand ? <BrandLine brand={typeof brand === "string" ? { name: brand } : brand} /> : null}
          <div class="card">{children}</div>
          {footer ? <div class="foot">{footer}</div> : null}
        </main>
      </body>
    </html>
  );
}

/** The logo and the name; without a logo the name's first letter is a mark beside it. */
export function BrandLine({ brand: { name, logo } }: { brand: Brand }) {
  return (
    <div class="brand">
      {logo ? (
        <img class="brand-logo" src={logo} alt="" />
      ) : (
        <span class="brand-mark" aria-hidden="true">
          {[...name][0]?.toUpperCase() ?? ""}
        </span>
      )}
      <span class="brand-name">{name}</span>
    </div>
  );
}
