// Names that the door and the library's configuration share, apart from both so that the door does not load the library.

/** The paths, as Ory has them. */
export const ROUTES = {
  authorization: "/oauth2/auth",
  token: "/oauth2/token",
  revocation: "/oauth2/revoke",
  introspection: "/oauth2/introspect",
  userinfo: "/userinfo",
  end_session: "/oauth2/sessions/logout",
  pushed_authorization_request: "/oauth2/par",
  jwks: "/.well-known/jwks.json",
} as const;

/** Names under which the door hands our session and a resumed request to the library. They never reach a browser. */
export const COOKIES = { session: "session", interaction: "interaction", resume: "resume" } as const;
