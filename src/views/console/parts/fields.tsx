// Form parts of the console: labelled controls with their hints and errors, and what the whole form has to say.

import type { Child } from "hono/jsx";

/** What is wrong with a posted form. */
export interface FormProblems {
  /** 409 for what is taken or has moved, 422 for the rest. */
  status: number;
  /** Somebody else changed the thing meanwhile. */
  conflict: boolean;
  /** What belongs to no single field. */
  general: string | undefined;
  /** Sentences by the name of the field. */
  fields: ReadonlyMap<string, readonly string[]>;
}

/** What a form shows: what was typed before, else what is stored; and what is wrong with it. */
export interface FormState {
  values: Readonly<Record<string, string>>;
  problems: FormProblems | undefined;
}

interface ControlProps {
  name: string;
  label: string;
  state: FormState;
  hint?: Child;
  required?: boolean;
}

interface TextProps extends ControlProps {
  type?: "text" | "email" | "password" | "url" | "search";
  placeholder?: string;
  autocomplete?: string;
  /** Technical values: no capitals, no correction. */
  code?: boolean;
  autofocus?: boolean;
  maxlength?: number;
  /** Id of a datalist with suggestions. */
  list?: string;
}

export function TextField(props: TextProps) {
  const { name, state, type = "text", placeholder, autocomplete = "off", code, required, autofocus, maxlength, list } = props;
  return (
    <Row {...props}>
      {(described) => (
        <input
          id={controlId(name)}
          name={name}
          type={type}
          value={state.values[name] ?? ""}
          autocomplete={autocomplete}
          class={code ? "code" : ""}
          {...(code ? { spellcheck: false, autocapitalize: "off" } : {})}
          {...(placeholder ? { placeholder } : {})}
          {...(required ? { required: true } : {})}
          {...(autofocus ? { autofocus: true } : {})}
          {...(maxlength ? { maxlength } : {})}
          {...(list ? { list } : {})}
          {...described}
        />
      )}
    </Row>
  );
}

export function TextArea(props: ControlProps & { rows?: number; placeholder?: string; code?: boolean }) {
  const { name, state, rows = 3, placeholder, code } = props;
  return (
    <Row {...props}>
      {(described) => (
        <textarea
          id={controlId(name)}
          name={name}
          rows={rows}
          class={code ? "code" : ""}
          spellcheck={false}
          {...(placeholder ? { placeholder } : {})}
          {...described}
        >
          {state.values[name] ?? ""}
        </textarea>
      )}
    </Row>
  );
}

interface Option {
  value: string;
  label: string;
}

/** `groups` stand below `options`, each with its heading. */
export function Select(
  props: ControlProps & { options: readonly Option[]; groups?: readonly { label: string; options: readonly Option[] }[] },
) {
  const { name, state, options, groups = [] } = props;
  const chosen = state.values[name] ?? "";
  return (
    <Row {...props}>
      {(described) => (
        <select id={controlId(name)} name={name} {...described}>
          <Options options={options} chosen={chosen} />
          {groups.map((group) => (
            <optgroup label={group.label}>
              <Options options={group.options} chosen={chosen} />
            </optgroup>
          ))}
        </select>
      )}
    </Row>
  );
}

function Options({ options, chosen }: { options: readonly Option[]; chosen: string }) {
  return (
    <>
      {options.map(({ value, label }) => (
        <option value={value} {...(value === chosen ? { selected: true } : {})}>
          {label}
        </option>
      ))}
    </>
  );
}

/** A checkbox; unset it posts nothing. */
export function Checkbox({ name, label, hint, state }: ControlProps) {
  const id = controlId(name);
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        name={name}
        value="on"
        {...(state.values[name] ? { checked: true } : {})}
        {...(hint ? { "aria-describedby": `${id}-hint` } : {})}
      />
      <div>
        <label for={id}>{label}</label>
        {hint ? (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  );
}

/** A file to upload. What was chosen is lost when the form comes back: browsers do not let a page choose. */
export function FileField(props: ControlProps & { accept: string }) {
  return (
    <Row {...props}>
      {(described) => <input id={controlId(props.name)} name={props.name} type="file" accept={props.accept} {...described} />}
    </Row>
  );
}

/** A group of fields with a heading. */
export function Fieldset({ legend, hint, children }: { legend: string; hint?: Child; children: Child }) {
  return (
    <fieldset class="fieldset">
      <legend>{legend}</legend>
      {hint ? <p class="hint">{hint}</p> : null}
      {children}
    </fieldset>
  );
}

/** What the whole form has to say: first in the form, and takes the focus. */
export function FormProblemsNotice({ problems, reloadHref }: { problems: FormProblems | undefined; reloadHref?: string }) {
  if (!problems) return null;
  return (
    <div class="alert alert-error" role="alert" tabindex={-1} data-focus>
      {problems.conflict ? (
        <p>
          Somebody else has changed this since you opened it. What you typed is still below.{" "}
          {reloadHref ? <a href={reloadHref}>Open the current version</a> : null}
        </p>
      ) : null}
      {problems.general && !problems.conflict ? <p>{problems.general}</p> : null}
      {[...problems.fields].flatMap(([name, sentences]) =>
        sentences.map((sentence) => (
          <p>
            <a href={`#${controlId(name)}`}>{sentence}</a>
          </p>
        )),
      )}
    </div>
  );
}

/** Hidden fields of every form: the session's token, and what the form was filled in on. */
export function FormSecrets({ csrf, revision, id }: { csrf: string; revision?: number; id?: string }) {
  return (
    <>
      <input type="hidden" name="csrf_token" value={csrf} />
      {revision === undefined ? null : <input type="hidden" name="revision" value={String(revision)} />}
      {id === undefined ? null : <input type="hidden" name="id" value={id} />}
    </>
  );
}

/** The last row of a form. */
export function FormActions({ children }: { children: Child }) {
  return <div class="form-actions">{children}</div>;
}

function Row(props: ControlProps & { children: (described: Record<string, string>) => Child }) {
  const { name, label, hint, state, required, children } = props;
  const id = controlId(name);
  const errors = state.problems?.fields.get(name) ?? [];
  const describedBy = [...(hint ? [`${id}-hint`] : []), ...(errors.length > 0 ? [`${id}-error`] : [])].join(" ");
  return (
    <div class="field">
      <label for={id}>
        {label}
        {required ? null : <span class="optional"> optional</span>}
      </label>
      {children({
        ...(describedBy ? { "aria-describedby": describedBy } : {}),
        ...(errors.length > 0 ? { "aria-invalid": "true" } : {}),
      })}
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {errors.length > 0 ? (
        <div class="error" id={`${id}-error`}>
          {errors.map((sentence) => (
            <p>{sentence}</p>
          ))}
        </div>
      ) : null}
    </div>
  );
}

function controlId(name: string): string {
  return `f-${name.replaceAll(/[^a-z0-9]+/gi, "-")}`;
}
