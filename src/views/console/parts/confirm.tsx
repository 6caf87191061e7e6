// A page that asks before something ends: what exactly will end, and the name typed out.

import type { Child } from "hono/jsx";
import { Button, ButtonLink, PageHead, Panel } from "./blocks.tsx";
import { FormActions, FormProblemsNotice, FormSecrets, type FormState, TextField } from "./fields.tsx";

export interface ConfirmProps {
  title: string;
  /** What will end and what will stay, one sentence each. */
  consequences: readonly Child[];
  /** What has to be typed, exactly; undefined when a click is enough. */
  name: string | undefined;
  csrf: string;
  /** Of what the sentences were written on. */
  revision?: number;
  state: FormState;
  action: string;
  cancelHref: string;
  children?: Child;
}

/** Posts to its own address with `confirmation`. */
export function ConfirmForm(props: ConfirmProps) {
  const { title, consequences, name, csrf, revision, state, action, cancelHref, children } = props;
  return (
    <>
      <PageHead title={title} />
      <Panel danger={true}>
        <form method="post" class="form">
          <FormSecrets csrf={csrf} {...(revision === undefined ? {} : { revision })} />
          <FormProblemsNotice problems={state.problems} />
          <ul class="consequences">
            {consequences.map((sentence) => (
              <li>{sentence}</li>
            ))}
          </ul>
          {name === undefined ? null : (
            <TextField
              name="confirmation"
              label={`Type “${name}” to confirm`}
              state={state}
              required={true}
              autofocus={true}
              code={true}
            />
          )}
          <FormActions>
            <Button kind="danger">{action}</Button>
            <ButtonLink href={cancelHref}>Cancel</ButtonLink>
          </FormActions>
        </form>
      </Panel>
      {children}
    </>
  );
}
