// The parts forms are made of.

import type { Child } from "hono/jsx";

export interface PageMessage {
  text: string;
  type: "info" | "error" | "success";
  /** Name of the field it is about. */
  field?: string | undefined;
}

export interface FieldProps {
  name: string;
  label: string;
  type: "email" | "text" | "password";
  autocomplete: string;
  value?: string | undefined;
  hint?: string;
  messages: readonly PageMessage[];
  autofocus?: boolean;
}

/** A labelled input with its hint and errors, tied together for screen readers. */
export function Field({ name, label, type, autocomplete, value, hint, messages, autofocus }: FieldProps) {
  const id = fieldId(name);
  const errors = messages.filter((m) => m.field === name);
  const described = [...(hint ? [`${id}-hint`] : []), ...(errors.length > 0 ? [`${id}-error`] : [])].join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="control">
        <input
          id={id}
          name={name}
          type={type}
          autocomplete={autocomplete}
          {...(value ? { value } : {})}
          {...(described ? { "aria-describedby": described } : {})}
          {...(errors.length > 0 ? { "aria-invalid": "true" } : {})}
          {...(autofocus ? { autofocus: true } : {})}
        />
        {type === "password" ? (
          <button type="button" class="reveal script-only" data-reveal={id} aria-pressed="false" aria-label="Show password">
            Show
          </button>
        ) : null}
      </div>
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {errors.length > 0 ? (
        <p class="error" id={`${id}-error`}>
          {errors.map((m) => m.text).join(" ")}
        </p>
      ) : null}
    </div>
  );
}

/** What the whole form has to say, and links to the fields that have something to say. Takes the focus when it is an error. */
export function Messages({ messages, shown }: { messages: readonly PageMessage[]; shown: readonly string[] }) {
  const general = messages.filter((m) => m.field === undefined || !shown.includes(m.field));
  const ofFields = messages.filter((m) => m.field !== undefined && shown.includes(m.field));
  if (general.length === 0 && ofFields.length === 0) return null;
  const isError = messages.some((m) => m.type === "error");
  return (
    <div
      class={isError ? "alert alert-error" : "alert alert-info"}
      role={isError ? "alert" : "status"}
      {...(isError ? { tabindex: -1, "data-focus": true } : {})}
    >
      {general.map((m) => (
        <p>{m.text}</p>
      ))}
      {ofFields.map((m) => (
        <p>
          <a href={`#${fieldId(m.field ?? "")}`}>{m.text}</a>
        </p>
      ))}
    </div>
  );
}

/** The address after the first step, in sight, with the way back to change it. */
export function ChosenAddress({ address, changeHref }: { address: string; changeHref: string }) {
  return (
    <div class="chosen">
      <span class="chosen-address" title={address}>
        {address}
      </span>
      <a href={changeHref}>
        Change<span class="unseen"> the e-mail address</span>
      </a>
    </div>
  );
}

export function Submit({ name, value, children, kind = "primary", className = "" }: SubmitProps) {
  return (
    <button type="submit" class={`button button-${kind} ${className}`.trim()} name={name} value={value}>
      {children}
    </button>
  );
}

interface SubmitProps {
  name: "method" | "provider";
  value: string;
  children: Child;
  kind?: "primary" | "quiet";
  className?: string;
}

export function Divider() {
  return (
    <div class="divider" role="presentation">
      <span>or</span>
    </div>
  );
}

/** A command or address to copy; the button appears with the script. */
export function CopyBox({ text, label }: { text: string; label: string }) {
  return (
    <div class="copy-box">
      <code>{text}</code>
      <button type="button" class="copy script-only" data-copy={text} aria-label={label}>
        Copy
      </button>
    </div>
  );
}

function fieldId(name: string): string {
  return `field-${name.replaceAll(".", "-")}`;
}
