// For a person who is signed in to the console and has been given nothing in it.

import { type Page, page } from "../../layout.tsx";

export function noAccessPage({ email, logoutToken }: { email: string; logoutToken: string }): Page {
  return page({
    title: "No access yet",
    brand: "Orgate",
    children: (
      <form method="post" action="/console/self-service/logout">
        <h1>No access yet</h1>
        <p class="lead">
          You are signed in as {email}, but nobody has given you access to a project. Ask an owner to invite you.
        </p>
        <input type="hidden" name="token" value={logoutToken} />
        <input type="hidden" name="return_to" value="/console/login" />
        <button class="button button-primary" type="submit">
          Sign out
        </button>
      </form>
    ),
  });
}
