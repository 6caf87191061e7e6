// The page for a sign-in that an app has begun in a way that cannot be answered, and cannot be sent back to the app either.

import type { Brand } from "../brand.ts";
import { type Page, page } from "../layout.tsx";

export interface AppErrorPageProps {
  brand: string | Brand;
  /** OAuth's error code and its description, for the app's developers. */
  error: string;
  description: string | undefined;
  reference: string;
}

export function appErrorPage({ brand, error, description, reference }: AppErrorPageProps): Page {
  return page({
    title: "The app could not start your sign-in",
    brand,
    children: (
      <>
        <div class="badge" aria-hidden="true">
          !
        </div>
        <h1>The app could not start your sign-in</h1>
        <p class="lead">Go back to the app and try again. If it happens again, tell the people who run the app.</p>
        <p class="reference">
          For its developers: <code>{error}</code>
          {description === undefined ? null : <>, {description}</>}
        </p>
        <p class="reference">
          Reference <code>{reference}</code>
        </p>
      </>
    ),
  });
}
