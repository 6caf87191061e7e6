// An invitation as whoever has its link sees it.

import type { OpenInvitation } from "../../../../domain/operators/invitations.ts";
import { Field, Messages, type PageMessage } from "../../../components/form.tsx";
import { type Page, page } from "../../../layout.tsx";

export interface InvitationPageProps {
  open: OpenInvitation;
  /** Where its forms post to. */
  path: string;
  /** The address of whoever is signed in at the console. */
  signedIn: { email: string; logoutToken: string } | undefined;
  values: { name: string };
  messages: readonly PageMessage[];
}

const WHAT = {
  owner: "change everything, its keys and operators too",
  editor: "change everything but its keys and operators",
  viewer: "look at everything but its keys",
} as const;

export function invitationPage(props: InvitationPageProps): Page {
  const { invitation, projectName, everywhere } = props.open;
  const where = everywhere ? "every project of this installation" : projectName;
  return page({
    title: "You are invited",
    brand: "Orgate",
    children: (
      <>
        <h1>You are invited to operate {where}</h1>
        <p class="lead">
          As <strong>{invitation.role}</strong> you can {WHAT[invitation.role]}. The invitation is for {invitation.email}.
        </p>
        <Way {...props} />
      </>
    ),
  });
}

function Way({ open, path, signedIn, values, messages }: InvitationPageProps) {
  const { invitation, way } = open;
  if (signedIn && signedIn.email === invitation.email) {
    return (
      <form method="post" action={path}>
        <Messages messages={messages} shown={[]} />
        <button class="button button-primary" type="submit">
          Accept invitation
        </button>
      </form>
    );
  }
  if (signedIn) {
    return (
      <form method="post" action="/console/self-service/logout">
        <p class="note">You are signed in as {signedIn.email}. Sign out, then accept it under the invited address.</p>
        <input type="hidden" name="token" value={signedIn.logoutToken} />
        <input type="hidden" name="return_to" value={path} />
        <button class="button button-primary" type="submit">
          Sign out and continue
        </button>
      </form>
    );
  }
  if (way === "sign_in") {
    const query = new URLSearchParams({ return_to: path, login_hint: invitation.email });
    return (
      <>
        <p class="note">Sign in under this address first; then you come back here to accept.</p>
        <a class="button button-primary" href={`/console/login?${query}`}>
          Sign in
        </a>
      </>
    );
  }
  return (
    <form method="post" action={path} novalidate>
      <Messages messages={messages} shown={["name", "password"]} />
      <input type="hidden" name="username" value={invitation.email} autocomplete="username" />
      <Field name="name" label="Your name" type="text" autocomplete="name" value={values.name} messages={messages} />
      <Field
        name="password"
        label="Choose a password"
        type="password"
        autocomplete="new-password"
        hint="At least 8 characters. A few words that only you would put together are best."
        messages={messages}
      />
      <button class="button button-primary" type="submit">
        Create account and accept
      </button>
    </form>
  );
}

/** For a link that is mistyped, was used, was revoked or has expired; never told apart. */
export function invitationGonePage(): Page {
  return page({
    title: "This invitation does not work",
    brand: "Orgate",
    children: (
      <>
        <h1>This invitation does not work any more</h1>
        <p class="lead">
          It was used, withdrawn, or is older than seven days. If you have accepted it before, sign in. Otherwise ask for a new
          link.
        </p>
        <a class="button button-primary" href="/console/login">
          Go to sign in
        </a>
      </>
    ),
  });
}
