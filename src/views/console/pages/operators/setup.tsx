// The first page of a new installation: whoever has the root key makes the first operator.

import { Field, Messages, type PageMessage } from "../../../components/form.tsx";
import { type Page, page } from "../../../layout.tsx";

export interface SetupPageProps {
  values: { email: string; name: string };
  messages: readonly PageMessage[];
}

const FIELDS = ["root_key", "email", "name", "password"];

export function setupPage({ values, messages }: SetupPageProps): Page {
  const fresh = messages.length === 0;
  return page({
    title: "Make the first operator",
    brand: "Orgate",
    children: (
      <>
        <h1>Make the first operator</h1>
        <p class="lead">
          Nobody can sign in to this console yet. Prove that this installation is yours with its root key, and choose how you will
          sign in from now on.
        </p>
        <form method="post" action="/console/setup" novalidate>
          <Messages messages={messages} shown={FIELDS} />
          <Field
            name="root_key"
            label="Root key"
            type="password"
            autocomplete="off"
            hint="The secret ROOT_KEY of this installation. It is asked for this once."
            messages={messages}
            autofocus={fresh}
          />
          <Field name="email" label="Your e-mail" type="email" autocomplete="username" value={values.email} messages={messages} />
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
            Create operator and sign in
          </button>
        </form>
      </>
    ),
  });
}

/** For whoever comes when there is an operator already, or lost the race to be the first. */
export function alreadySetUpPage(): Page {
  return page({
    title: "This console is set up",
    brand: "Orgate",
    children: (
      <>
        <h1>This console is set up</h1>
        <p class="lead">There is an operator already, so this page has done its work. Sign in, or ask an owner to invite you.</p>
        <a class="button button-primary" href="/console/login">
          Go to sign in
        </a>
      </>
    ),
  });
}
