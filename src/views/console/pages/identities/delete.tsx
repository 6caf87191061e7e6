// Before an identity is deleted.

import type { Identity } from "../../../../domain/identities/identity.ts";
import type { PageContext } from "../../context.ts";
import { ConfirmForm } from "../../parts/confirm.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import type { FormState } from "../../parts/fields.tsx";
import { titleOf } from "./identity.tsx";

export interface DeleteIdentityProps {
  context: PageContext;
  identity: Identity;
  /** What has to be typed. */
  confirmation: string;
  state: FormState;
  cancelHref: string;
  /** The project's, where its admin API is. */
  origin: string;
}

export function DeleteIdentity({ context, identity, confirmation, state, cancelHref, origin }: DeleteIdentityProps) {
  return (
    <ConfirmForm
      title={`Delete ${titleOf(identity)}?`}
      consequences={[
        "The person is signed out everywhere, and password and links to identity providers are deleted.",
        "Applications that know the identity's ID will not find it any more.",
        "Whoever may sign in can come back: a later sign-in makes a new identity with another ID. To keep somebody out, deactivate instead.",
        "The audit log stays. This cannot be undone.",
      ]}
      name={confirmation}
      csrf={context.csrf}
      state={state}
      action="Delete identity"
      cancelHref={cancelHref}
    >
      <ApiCalls baseUrl={origin} calls={[{ method: "DELETE", path: `/admin/identities/${identity.id}` }]} />
    </ConfirmForm>
  );
}
