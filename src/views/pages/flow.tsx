// The hosted sign-in and registration pages. Without a script they are two steps: the address, then its door. With one,
// address and password share a card, and an organization's address swaps the password for single sign-on in place.

import type { Step } from "../../domain/flows/step.ts";
import type { ConnectionChoice } from "../../domain/login/routing.ts";
import type { Brand } from "../brand.ts";
import { ChosenAddress, Divider, Field, Messages, type PageMessage, Submit } from "../components/form.tsx";
import { type Page, page } from "../layout.tsx";

export interface FlowPageProps {
  kind: "login" | "registration";
  /** The project's name. */
  brand: string | Brand;
  /** Path of the doors: empty, or `/console`. */
  base: string;
  /** Path the form posts to. */
  action: string;
  csrf: string;
  step: Step;
  identifier: string;
  name: string;
  messages: readonly PageMessage[];
  /** Back to the first step. */
  changeHref: string;
  /** The other page: registration from login and the other way round; undefined when it is not offered. */
  otherHref: string | undefined;
}

const WORDS = {
  login: { title: "Sign in", password: "Sign in", other: "No account yet?", otherLink: "Create one" },
  registration: { title: "Create your account", password: "Create account", other: "Have an account?", otherLink: "Sign in" },
} as const;

export function flowPage(props: FlowPageProps): Page {
  const { kind, brand, otherHref } = props;
  const words = WORDS[kind];
  return page({
    title: words.title,
    brand,
    ...(otherHref === undefined
      ? {}
      : {
          footer: (
            <p>
              {words.other} <a href={otherHref}>{words.otherLink}</a>
            </p>
          ),
        }),
    children: (
      <>
        <h1>{words.title}</h1>
        <FlowForm {...props} />
      </>
    ),
  });
}

function FlowForm(props: FlowPageProps) {
  const { base, action, csrf, step } = props;
  const enhance = step.step === "identify" ? { "data-lookup": `${base}/self-service/sso` } : {};
  return (
    <form method="post" action={action} novalidate {...enhance}>
      <input type="hidden" name="csrf_token" value={csrf} />
      <Messages messages={props.messages} shown={shownFields(props)} />
      {step.step === "identify" ? <Identify {...props} step={step} /> : <Door {...props} step={step} />}
    </form>
  );
}

function Identify(props: FlowPageProps & { step: Extract<Step, { step: "identify" }> }) {
  const { kind, step, identifier, name, messages } = props;
  const login = kind === "login";
  return (
    <>
      <Field
        name={addressField(kind)}
        label={login ? "E-mail" : "Work e-mail"}
        type="email"
        autocomplete={login ? "username" : "email"}
        value={identifier}
        messages={messages}
        autofocus={messages.length === 0}
      />
      <div class="slot">
        <div class="panel" data-panel="local">
          {step.password ? (
            <div class="stack script-only" data-secret>
              <Secrets kind={kind} name={name} messages={messages} />
              <Submit name="method" value="password">
                {WORDS[kind].password}
              </Submit>
            </div>
          ) : null}
          <Submit name="method" value={login ? "identifier_first" : "profile"} className={step.password ? "scriptless-only" : ""}>
            Continue
          </Submit>
          <Social kind={kind} connections={step.social} after={true} />
        </div>
        <div class="panel panel-sso panel-off" data-panel="sso" hidden>
          <p class="note" data-sso-note>
            Your organization uses single sign-on.
          </p>
          <div class="stack" data-sso-buttons></div>
        </div>
      </div>
      <p class="unseen" aria-live="polite" data-announce></p>
    </>
  );
}

function Door(props: FlowPageProps & { step: Exclude<Step, { step: "identify" }> }) {
  const { kind, step, identifier, name, messages, changeHref } = props;
  return (
    <>
      {identifier ? (
        <>
          <ChosenAddress address={identifier} changeHref={changeHref} />
          <input type="hidden" name={addressField(kind)} value={identifier} autocomplete="username" />
        </>
      ) : null}
      {step.step === "sso" ? <SingleSignOn connections={step.connections} /> : null}
      {step.step === "local" ? (
        <>
          {step.password ? (
            <>
              <Secrets kind={kind} name={name} messages={messages} autofocus={messages.length === 0} />
              <Submit name="method" value="password">
                {WORDS[kind].password}
              </Submit>
            </>
          ) : null}
          <Social kind={kind} connections={step.social} after={step.password} />
        </>
      ) : null}
      {step.step === "blocked" ? (
        <a class="button button-quiet" href={changeHref}>
          Use another address
        </a>
      ) : null}
    </>
  );
}

function SingleSignOn({ connections }: { connections: readonly ConnectionChoice[] }) {
  return (
    <>
      <p class="note">
        {connections.length > 1
          ? "Your organization uses single sign-on. Choose how to continue."
          : "Your organization uses single sign-on."}
      </p>
      <div class="stack">
        {connections.map((c) => (
          <Submit name="provider" value={c.id}>
            {connections.length > 1 ? `Sign in with SSO – ${c.label}` : "Sign in with SSO"}
          </Submit>
        ))}
      </div>
    </>
  );
}

function Secrets({
  kind,
  name,
  messages,
  autofocus = false,
}: Pick<FlowPageProps, "kind" | "name" | "messages"> & { autofocus?: boolean }) {
  if (kind === "login") {
    return (
      <Field
        name="password"
        label="Password"
        type="password"
        autocomplete="current-password"
        messages={messages}
        autofocus={autofocus}
      />
    );
  }
  return (
    <>
      <Field
        name="traits.name"
        label="Name"
        type="text"
        autocomplete="name"
        value={name}
        messages={messages}
        autofocus={autofocus}
      />
      <Field
        name="password"
        label="Password"
        type="password"
        autocomplete="new-password"
        hint="At least 8 characters. Several words work well."
        messages={messages}
      />
    </>
  );
}

function Social({
  kind,
  connections,
  after,
}: {
  kind: FlowPageProps["kind"];
  connections: readonly ConnectionChoice[];
  after: boolean;
}) {
  if (connections.length === 0) return null;
  return (
    <>
      {after ? <Divider /> : null}
      <div class="stack">
        {connections.map((c) => (
          <Submit name="provider" value={c.id} kind="quiet">
            {kind === "login" ? `Sign in with ${c.label}` : `Sign up with ${c.label}`}
          </Submit>
        ))}
      </div>
    </>
  );
}

function addressField(kind: FlowPageProps["kind"]): string {
  return kind === "login" ? "identifier" : "traits.email";
}

/** Fields this step shows, so that every other message stands at the top. */
function shownFields({ kind, step }: FlowPageProps): string[] {
  const secrets = kind === "login" ? ["password"] : ["password", "traits.name"];
  if (step.step === "identify") return [addressField(kind), ...(step.password ? secrets : [])];
  return step.step === "local" && step.password ? secrets : [];
}
