// @ts-check
// The console's script. Every page works without it; it copies, keeps forms from being sent twice, folds the menu on small
// screens, and says times in the reader's own zone.

document.documentElement.classList.add("script");

/** Below this width the project's menu starts folded. */
const NARROW = "(max-width: 60rem)";

document.addEventListener("DOMContentLoaded", () => {
  const alert = document.querySelector("[data-focus]");
  if (alert instanceof HTMLElement) alert.focus();
  for (const button of document.querySelectorAll("[data-copy]")) copies(/** @type {HTMLButtonElement} */ (button));
  for (const form of document.querySelectorAll("form")) sendsOnce(form);
  for (const time of document.querySelectorAll("time")) localTitle(time);
  for (const element of document.querySelectorAll("[data-refresh]")) refreshes(/** @type {HTMLElement} */ (element));
  const fold = document.querySelector(".nav-fold");
  if (fold instanceof HTMLDetailsElement) {
    const narrow = matchMedia(NARROW);
    const apply = () => {
      fold.open = !narrow.matches;
    };
    apply();
    narrow.addEventListener("change", apply);
  }
});

/** @param {HTMLButtonElement} button */
function copies(button) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
}

/** @param {HTMLFormElement} form */
function sendsOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.target === "_blank") return;
    if (form.dataset["sent"]) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "true";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  });
  // Coming back with the browser's back button shows the page as it was left.
  window.addEventListener("pageshow", () => {
    delete form.dataset["sent"];
    for (const busy of form.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  });
}

/** @param {HTMLTimeElement} time */
function localTitle(time) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) time.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
}

/**
 * An element that asks for itself again every so many seconds while the page is in sight, and takes the answer's element of
 * the same id: following a list. What is open in it stays open, and what has the focus keeps it.
 * @param {HTMLElement} element
 */
function refreshes(element) {
  const period = Number(element.dataset["refresh"]) * 1000;
  const button = document.querySelector(`[data-follow="${element.id}"]`);
  const state = document.querySelector("[data-follow-state]");
  let paused = false;
  button?.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Follow" : "Pause";
    if (state) state.textContent = paused ? "Paused." : "New events appear by themselves.";
    if (!paused) void refresh(element);
  });
  setInterval(() => {
    if (!paused && !document.hidden) void refresh(element);
  }, period);
}

/** @param {HTMLElement} element */
async function refresh(element) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(element.id);
  // Whoever is selecting text in it would lose the selection.
  const selection = getSelection();
  const selects = selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode);
  if (!fresh || selects) return;
  const known = new Set(idsIn(element));
  const open = [...element.querySelectorAll("details[open]")].map((details) => details.id);
  for (const details of fresh.querySelectorAll("details")) {
    if (open.includes(details.id)) details.open = true;
    if (details.id && !known.has(details.id)) details.classList.add("is-new");
  }
  const focused = document.activeElement;
  const place = focused !== null && element.contains(focused) ? placeOf(focused) : undefined;
  element.replaceChildren(...fresh.childNodes);
  if (place) focusAt(element, place);
  for (const copy of element.querySelectorAll("[data-copy]")) copies(/** @type {HTMLButtonElement} */ (copy));
  for (const time of element.querySelectorAll("time")) localTitle(time);
}

/** @param {Element} element */
function idsIn(element) {
  return [...element.querySelectorAll("details[id]")].map((details) => details.id);
}

/**
 * Where the focus is: which of the focusable parts of which entry.
 * @param {Element} focused
 */
function placeOf(focused) {
  const entry = focused.closest("details[id]");
  return entry ? { id: entry.id, index: focusable(entry).indexOf(focused) } : undefined;
}

/**
 * @param {Element} element
 * @param {{ id: string, index: number }} place
 */
function focusAt(element, place) {
  const entry = [...element.querySelectorAll("details[id]")].find((details) => details.id === place.id);
  const target = entry && focusable(entry)[place.index];
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {Element} entry */
function focusable(entry) {
  return [...entry.querySelectorAll("summary, a, button")];
}
