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
 * An element that asks for itself again every so many seconds while it is in sight, and takes the answer's element of the
 * same id: following a list.
 * @param {HTMLElement} element
 */
function refreshes(element) {
  const period = Number(element.dataset["refresh"]) * 1000;
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(element.id);
    if (fresh) element.replaceChildren(...fresh.childNodes);
    for (const time of element.querySelectorAll("time")) localTitle(time);
  }, period);
}
