// Signing out because an app asks for it: the question, when it is not certain that the person wanted to, and the end.

import { type Brand, brandName } from "../brand.ts";
import { type Page, page } from "../layout.tsx";

export interface AppLogoutPageProps {
  brand: string | Brand;
  /** The app that asks, when it said who it is. */
  app: string | undefined;
  /** What the form sends back. */
  request: string;
  token: string;
}

export function appLogoutPage({ brand, app, request, token }: AppLogoutPageProps): Page {
  return page({
    title: "Sign out",
    brand,
    children: (
      <form method="post" action="/oauth2/sessions/logout/confirm">
        <h1>Sign out?</h1>
        <p class="lead">
          {app === undefined ? "An app asks to sign you out. " : `${app} asks to sign you out. `}
          You will be signed out of {brandName(brand)} and of the apps you opened with it.
        </p>
        <input type="hidden" name="request" value={request} />
        <input type="hidden" name="token" value={token} />
        <button class="button button-primary" type="submit">
          Sign out
        </button>
        <a class="button" href="/">
          Stay signed in
        </a>
      </form>
    ),
  });
}

export function signedOutPage({ brand }: { brand: string | Brand }): Page {
  return page({
    title: "You are signed out",
    brand,
    children: (
      <>
        <h1>You are signed out</h1>
        <p class="lead">You can close this page.</p>
        <a class="button" href="/login">
          Sign in again
        </a>
      </>
    ),
  });
}
