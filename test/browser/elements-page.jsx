// A page that renders a flow with @ory/elements-react, as a custom UI does. Bundled by elements.test.ts.

import { Configuration, FrontendApi } from "@ory/client-fetch";
import { Login, Registration } from "@ory/elements-react/theme";
import { createRoot } from "react-dom/client";

const url = location.origin;
const api = new FrontendApi(new Configuration({ basePath: url, credentials: "include" }));
const elsewhere = "/elements/elsewhere";
const config = {
  sdk: { url },
  project: {
    name: "Demo",
    login_ui_url: "/elements/login",
    registration_ui_url: "/elements/registration",
    recovery_ui_url: elsewhere,
    verification_ui_url: elsewhere,
    settings_ui_url: elsewhere,
    error_ui_url: "/error",
    registration_enabled: true,
    recovery_enabled: false,
    verification_enabled: false,
    default_redirect_url: "/",
    default_locale: "en",
    enabled_locales: ["en"],
    locale_behavior: "force_default",
    translations: [],
  },
};

const isRegistration = location.pathname.endsWith("registration");
const id = new URLSearchParams(location.search).get("flow");
const Page = isRegistration ? Registration : Login;
createRoot(document.getElementById("root")).render(<Page flow={await currentFlow()} config={config} />);

async function currentFlow() {
  if (isRegistration) return id ? await api.getRegistrationFlow({ id }) : await api.createBrowserRegistrationFlow();
  return id ? await api.getLoginFlow({ id }) : await api.createBrowserLoginFlow();
}
