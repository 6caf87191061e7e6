// The account page: who is signed in, which organization and connection brought them, how long it lasts, and the way out.

import type { Brand } from "../brand.ts";
import { CopyBox } from "../components/form.tsx";
import { type Page, page } from "../layout.tsx";

export interface AccountPageProps {
  brand: string | Brand;
  /** As the person or the IdP wrote it. */
  name: string | undefined;
  email: string | undefined;
  organization: string | undefined;
  /** Label of the connection that was used; undefined for a password. */
  connection: string | undefined;
  /** Milliseconds. */
  authenticatedAt: number;
  expiresAt: number;
  /** The login moved this account into the organization; told once. */
  joined: boolean;
  logoutToken: string;
  whoamiUrl: string;
  /** Whoever reads this is probably building something with it: show how at once. */
  forDevelopers: boolean;
}

export function accountPage(props: AccountPageProps): Page {
  const { brand, name, email, organization, connection, whoamiUrl } = props;
  return page({
    title: "Your account",
    brand,
    children: (
      <>
        <h1>{name ? `Hello, ${name}` : "You are signed in"}</h1>
        {props.joined ? <Joined organization={organization} /> : null}
        <dl class="facts">
          {email ? <Fact term="E-mail">{email}</Fact> : null}
          {organization ? <Fact term="Organization">{organization}</Fact> : null}
          <Fact term="Signed in with">{connection ?? "Password"}</Fact>
          <Fact term="Signed in at">
            <Moment at={props.authenticatedAt} />
          </Fact>
          <Fact term="Session ends">
            <Moment at={props.expiresAt} />
          </Fact>
        </dl>
        <form method="post" action="/self-service/logout">
          <input type="hidden" name="token" value={props.logoutToken} />
          <input type="hidden" name="return_to" value="/login" />
          <button type="submit" class="button button-quiet">
            Sign out
          </button>
        </form>
        <details class="more" open={props.forDevelopers}>
          <summary>For developers</summary>
          <p class="more-text">
            An application asks who this is with the session it was given. In this browser:{" "}
            <a href={whoamiUrl}>/sessions/whoami</a>.
          </p>
          <CopyBox text={`curl -H "X-Session-Token: $TOKEN" ${whoamiUrl}`} label="Copy the command" />
        </details>
      </>
    ),
  });
}

function Joined({ organization }: { organization: string | undefined }) {
  return (
    <div class="alert alert-info" role="status">
      <p>
        Your account now belongs to {organization ?? "your organization"}. From now on you sign in with its single sign-on; your
        old password has been removed.
      </p>
    </div>
  );
}

function Fact({ term, children }: { term: string; children: unknown }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** In UTC for everybody; the script says it in the person's own time zone. */
function Moment({ at }: { at: number }) {
  const iso = new Date(at).toISOString();
  return <time datetime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>;
}
