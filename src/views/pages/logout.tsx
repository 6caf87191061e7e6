// Asks whether to sign out, when the link that led here does not prove that the person wanted to.

import { type Brand, brandName } from "../brand.ts";
import { type Page, page } from "../layout.tsx";

export interface LogoutPageProps {
  brand: string | Brand;
  /** Path of the doors: empty, or `/console`. */
  base: string;
  /** The logout token of this browser's session. */
  token: string;
  /** Checked return target, when the link named one. */
  returnTo: string | undefined;
}

export function logoutPage({ brand, base, token, returnTo }: LogoutPageProps): Page {
  return page({
    title: "Sign out",
    brand,
    children: (
      <form method="post" action={`${base}/self-service/logout`}>
        <h1>Sign out?</h1>
        <p class="lead">You will need to sign in again to use {brandName(brand)}.</p>
        <input type="hidden" name="token" value={token} />
        {returnTo === undefined ? null : <input type="hidden" name="return_to" value={returnTo} />}
        <button class="button button-primary" type="submit">
          Sign out
        </button>
        <a class="button" href={base === "" ? "/" : base}>
          Stay signed in
        </a>
      </form>
    ),
  });
}
