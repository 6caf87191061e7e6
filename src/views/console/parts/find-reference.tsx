// A field for the reference that somebody reads out: it leads to the event that it stands for.

import { Button, Panel } from "./blocks.tsx";
import { TextField } from "./fields.tsx";

/** @param props.path `/console/projects/{id}` */
export function FindReference({ path }: { path: string }) {
  return (
    <Panel title="Find by reference" lead="Somebody could not sign in? The page they saw has a reference that finds out why.">
      <form method="get" action={`${path}/events`} class="filters">
        <TextField
          name="reference"
          label="Reference"
          placeholder="1R8M4-X0KQ2"
          state={{ values: {}, problems: undefined }}
          required={true}
          code={true}
          maxlength={64}
        />
        <Button>Find</Button>
      </form>
    </Panel>
  );
}
