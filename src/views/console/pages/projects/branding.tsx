// The look of a project's sign-in pages: logo, colour, and how both look in light and dark.

import type { Project } from "../../../../domain/projects/project.ts";
import { BrandLine } from "../../../layout.tsx";
import type { PageContext } from "../../context.ts";
import { Button, PageHead, Panel } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import {
  Checkbox,
  FileField,
  FormActions,
  FormProblemsNotice,
  FormSecrets,
  type FormState,
  TextField,
} from "../../parts/fields.tsx";

export interface ProjectBrandingProps {
  context: PageContext;
  path: string;
  project: Project;
  /** Address of the stored logo. */
  logo: string | undefined;
  revision: number;
  state: FormState;
}

export function ProjectBranding(props: ProjectBrandingProps) {
  const { context, path, project, logo } = props;
  const brand = { name: project.name, ...(logo === undefined ? {} : { logo }) };
  return (
    <>
      <PageHead title="Branding" lead="What people see above and on the sign-in form." />
      <link rel="stylesheet" href={`${path}/branding-preview.css?v=${project.accentColor?.slice(1) ?? ""}`} />
      {context.may.write ? (
        <Panel>
          <Form {...props} />
        </Panel>
      ) : null}
      <Panel title="Preview" lead="As saved, for people who prefer a light and a dark screen.">
        <div class="schemes">
          <Sample brand={brand} scheme="light" />
          <Sample brand={brand} scheme="dark" />
        </div>
      </Panel>
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "PATCH", path: `/projects/${project.id}`, body: { branding: { accent_color: project.accentColor } } },
          { method: "PUT", path: `/projects/${project.id}/logo`, file: "logo.png" },
          { method: "DELETE", path: `/projects/${project.id}/logo` },
        ]}
      />
    </>
  );
}

function Form({ context, path, project, revision, state }: ProjectBrandingProps) {
  return (
    <form method="post" class="form" enctype="multipart/form-data">
      <FormSecrets csrf={context.csrf} revision={revision} />
      <FormProblemsNotice problems={state.problems} reloadHref={`${path}/settings/branding`} />
      <TextField
        name="accent_color"
        label="Accent colour"
        hint="As #rrggbb. Buttons have it; shades and the text on it are computed so that they stay readable. Empty for Orgate's own."
        placeholder="#3247c5"
        state={state}
        code={true}
        maxlength={7}
      />
      <FileField
        name="logo"
        label={project.logoDigest === null ? "Logo" : "New logo"}
        hint="PNG, JPEG or WebP, at most 64 KiB. Shown 30 pixels high, up to 128 wide; twice that size looks sharp everywhere."
        accept="image/png,image/jpeg,image/webp"
        state={state}
      />
      {project.logoDigest === null ? null : <Checkbox name="remove_logo" label="Remove the logo" state={state} />}
      <FormActions>
        <Button kind="primary">Save branding</Button>
      </FormActions>
    </form>
  );
}

/** The sign-in form in one scheme. A picture: nothing in it can be used. */
function Sample({ brand, scheme }: { brand: { name: string; logo?: string }; scheme: "light" | "dark" }) {
  return (
    <div class={`scheme scheme-${scheme}`} role="img" aria-label={`The sign-in form on a ${scheme} screen`}>
      <div aria-hidden="true" inert>
        <BrandLine brand={brand} />
        <div class="scheme-card">
          <p class="scheme-title">Sign in</p>
          <p class="scheme-label">E-mail</p>
          <p class="scheme-field">ada@acme.example</p>
          <span class="button button-primary">Continue</span>
          <p class="scheme-foot">
            No account yet? <span class="scheme-link">Create one</span>
          </p>
        </div>
      </div>
    </div>
  );
}
