// @ts-check
// The hosted pages' script. The pages work without it; with it, address and password share a card and an organization's
// address shows its single sign-on at once. Loaded in the head so that it marks the document before the body is drawn.

document.documentElement.classList.add("script");

/** Milliseconds without typing before an address is looked up. */
const DEBOUNCE = 200;
/** Milliseconds until a lookup counts as failed; submitting then asks the server step by step. */
const LOOKUP_TIMEOUT = 2500;
/** Milliseconds before a button says that it is busy. */
const BUSY_AFTER = 300;

document.addEventListener("DOMContentLoaded", () => {
  const alert = document.querySelector("[data-focus]");
  if (alert instanceof HTMLElement) alert.focus();
  for (const form of document.querySelectorAll("form")) showBusyLate(form);
  for (const form of document.querySelectorAll("form[data-lookup]")) enhance(/** @type {HTMLFormElement} */ (form));
  for (const button of document.querySelectorAll("[data-reveal]")) revealPassword(/** @type {HTMLButtonElement} */ (button));
  for (const button of document.querySelectorAll("[data-copy]")) copyText(/** @type {HTMLButtonElement} */ (button));
  for (const time of document.querySelectorAll("time")) localTime(time);
});

/**
 * @typedef {{ sso: boolean, connections: { id: string, label: string }[] }} Answer
 * @typedef {{ domain: string, answer: Promise<Answer | undefined>, abort: AbortController }} Lookup
 */

/**
 * One card for both doors.
 * @param {HTMLFormElement} form
 */
function enhance(form) {
  const address = form.querySelector("input[type=email]");
  const local = form.querySelector("[data-panel=local]");
  const sso = form.querySelector("[data-panel=sso]");
  const buttons = form.querySelector("[data-sso-buttons]");
  const note = form.querySelector("[data-sso-note]");
  const announce = form.querySelector("[data-announce]");
  const password = form.querySelector("input[name=password]");
  const next = form.querySelector("[name=method]:not([value=password])");
  if (!(address instanceof HTMLInputElement) || !(local instanceof HTMLElement) || !(sso instanceof HTMLElement)) return;
  if (!buttons || !note || !announce || !(next instanceof HTMLButtonElement)) return;

  const secrets = password instanceof HTMLInputElement ? password : undefined;
  // Enter presses the first submit button of a form: with the password in sight, that is its own.
  if (secrets) next.remove();
  sso.hidden = false;

  /** @type {Map<string, Answer>} Answers hold for a domain, never for an address. */
  const known = new Map();
  /** @type {Lookup | undefined} */
  let running;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shown = "";

  /** @returns {string} domain of a complete-looking address, or nothing */
  const domainOf = () => /^[^\s@]+@([^\s@]+\.[^\s@.]+)$/.exec(address.value.trim())?.[1]?.toLowerCase() ?? "";

  /** @param {string} domain */
  const lookUp = (domain) => {
    if (running?.domain === domain) return running.answer;
    running?.abort.abort();
    const abort = new AbortController();
    const late = setTimeout(() => abort.abort(), LOOKUP_TIMEOUT);
    const answer = fetch(`${form.dataset["lookup"]}?identifier=${encodeURIComponent(address.value.trim())}`, {
      headers: { Accept: "application/json" },
      signal: abort.signal,
    })
      .then(async (response) => (response.ok ? /** @type {Answer} */ (await response.json()) : undefined))
      .catch(() => undefined)
      .finally(() => clearTimeout(late));
    const lookup = { domain, answer, abort };
    running = lookup;
    answer.then((result) => {
      if (result) known.set(domain, result);
      if (running === lookup) running = undefined;
      if (result && domain === domainOf()) show(domain, result);
    });
    return answer;
  };

  /** Enter in the address: the one provider, or the choice among several. */
  const proceed = () => {
    const choices = buttons.querySelectorAll("button");
    if (choices.length === 1) choices[0]?.click();
    else choices[0]?.focus();
  };

  /**
   * @param {string} domain
   * @param {Answer} answer
   */
  function show(domain, answer) {
    const on = answer.sso;
    if (!on) {
      hide();
      return;
    }
    if (shown === domain) return;
    shown = domain;
    const several = answer.connections.length > 1;
    buttons?.replaceChildren(
      ...answer.connections.map(({ id, label }) => {
        const button = document.createElement("button");
        button.type = "submit";
        button.name = "provider";
        button.value = id;
        button.className = "button button-primary";
        button.textContent = several ? `Sign in with SSO – ${label}` : "Sign in with SSO";
        return button;
      }),
    );
    const sentence =
      answer.connections.length === 0
        ? "Your organization requires single sign-on, but no sign-in provider is available. Ask your organization’s administrator."
        : `Your organization uses single sign-on.${several ? " Choose how to continue." : ""}`;
    if (note) note.textContent = sentence;
    if (announce) announce.textContent = sentence;
    const moveFocus = local?.contains(document.activeElement) ?? false;
    swap(true);
    if (moveFocus) buttons?.querySelector("button")?.focus();
  }

  function hide() {
    if (shown === "") return;
    shown = "";
    if (announce) announce.textContent = "";
    swap(false);
    buttons?.replaceChildren();
  }

  /** @param {boolean} on whether single sign-on takes the password's place */
  function swap(on) {
    for (const [panel, off] of /** @type {[HTMLElement, boolean][]} */ ([
      [local, on],
      [sso, !on],
    ])) {
      panel.classList.toggle("panel-off", off);
      panel.inert = off;
    }
    if (secrets) secrets.disabled = on;
  }

  address.addEventListener("input", () => {
    clearTimeout(timer);
    const domain = domainOf();
    if (domain !== shown) {
      const answer = known.get(domain);
      if (answer) show(domain, answer);
      else hide();
    }
    if (domain && !known.has(domain)) timer = setTimeout(() => lookUp(domain), DEBOUNCE);
  });
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || shown === "" || shown !== domainOf()) return;
    event.preventDefault();
    proceed();
  });

  form.addEventListener("submit", (event) => {
    const submitter = event.submitter instanceof HTMLButtonElement ? event.submitter : undefined;
    const domain = domainOf();
    if (submitter?.name === "provider" || !domain) return;
    if (shown === domain) {
      // An organization without a usable connection: no door opens.
      event.preventDefault();
      return;
    }
    if (known.has(domain)) return;
    // Not known yet: wait for the answer, and without one let the server decide from the address alone.
    event.preventDefault();
    clearTimeout(timer);
    lookUp(domain).then((answer) => {
      if (answer?.sso) {
        if (document.activeElement === address) proceed();
      } else if (answer) form.requestSubmit(submitter);
      else askServer();
    });
  });

  function askServer() {
    if (secrets) secrets.disabled = true;
    const step = document.createElement("input");
    step.type = "hidden";
    step.name = "method";
    step.value = next instanceof HTMLButtonElement ? next.value : "identifier_first";
    form.append(step);
    form.submit();
  }

  // A browser may have filled the address in, or brought the page back from its cache.
  const arrive = () => {
    const domain = domainOf();
    if (domain) lookUp(domain);
  };
  arrive();
  window.addEventListener("pageshow", arrive);
  address.addEventListener("change", () => {
    const domain = domainOf();
    if (domain && !known.has(domain)) {
      clearTimeout(timer);
      lookUp(domain);
    }
  });
}

/**
 * A button that has been pressed says so, but only when the answer takes its time.
 * @param {HTMLFormElement} form
 */
function showBusyLate(form) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    const { submitter } = event;
    timer = setTimeout(() => {
      if (!event.defaultPrevented) submitter?.setAttribute("aria-busy", "true");
    }, BUSY_AFTER);
  });
  window.addEventListener("pageshow", () => {
    clearTimeout(timer);
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });
}

/** @param {HTMLButtonElement} button */
function revealPassword(button) {
  const input = document.getElementById(button.dataset["reveal"] ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  button.addEventListener("click", () => {
    const visible = input.type === "password";
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(visible));
  });
  input.form?.addEventListener("submit", () => {
    input.type = "password";
  });
}

/** @param {HTMLButtonElement} button */
function copyText(button) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });
}

/** @param {HTMLTimeElement} time */
function localTime(time) {
  const moment = new Date(time.dateTime);
  time.title = time.textContent ?? "";
  time.textContent = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
