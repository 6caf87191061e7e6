// The pages of a demo identity provider.

/** One form: the address, "sign in", "cancel". Without `action` the page only says what this server is. */
export function signInPage(view: { idp: string; hint: string; example?: string | undefined; action?: string }): string {
  const form = `
    <form method="post" action="${escapeHtml(view.action ?? "")}">
      <label for="email">E-mail address</label>
      <input id="email" name="email" type="email" required autocomplete="off" value="${escapeHtml(view.hint)}" placeholder="${escapeHtml(view.example ?? "")}">
      <button name="action" value="sign-in">Sign in</button>
      <button name="action" value="cancel" class="quiet" formnovalidate>Cancel</button>
    </form>`;
  const about = view.action
    ? "This is a demo. Any address signs in, no password is asked."
    : "This is a demo identity provider. Start from the application's sign-in page.";
  return layout(view.idp, `<p>${about}</p>${view.action ? form : ""}`);
}

/** Shown when an interaction is over or never was. */
export function cancelledPage(idp: string): string {
  return layout(idp, "<p>This sign-in is over. Go back to the application and start again.</p>");
}

function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; --ink: light-dark(#1d2330, #e7e9ee); --card: light-dark(#fff, #1f2430); --line: light-dark(#c9ced8, #454c5c); }
  body { margin: 0; min-height: 100dvh; display: grid; place-items: center; background: light-dark(#eaf1ee, #12161d); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
  main { box-sizing: border-box; width: min(24rem, calc(100vw - 2rem)); padding: 2rem; background: var(--card); border-radius: 12px; box-shadow: 0 1px 12px #0002; }
  .badge { display: inline-block; padding: 0 .5rem; border: 1px solid var(--line); border-radius: 99px; font-size: .8125rem; }
  h1 { margin: .5rem 0; font-size: 1.25rem; }
  p { margin: 0 0 1.25rem; }
  label { display: block; font-size: .875rem; margin-bottom: .25rem; }
  input, button { box-sizing: border-box; width: 100%; min-height: 44px; padding: 0 .75rem; font: inherit; border-radius: 8px; border: 1px solid var(--line); }
  input { background: transparent; color: inherit; margin-bottom: 1rem; }
  button { background: #0f6b4f; color: #fff; border-color: transparent; cursor: pointer; }
  button.quiet { margin-top: .5rem; background: transparent; color: inherit; }
</style>
<main><span class="badge">Demo identity provider</span><h1>${escapeHtml(title)}</h1>${body}</main>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
