// id-token-form: RFC 7515, section 7.1: text that is no ID token.

import { variants } from "./mutation.ts";

export const idTokenForm = variants("id-token-form", "id_token", [
  ...["", "a.b", "a.b.c.d", "..", "not a token", "%%%.%%%.%%%", "bnVsbA.bnVsbA.AA", "W10.W10.AA"].map((text) => ({
    title: JSON.stringify(text),
    expect: "id_token_malformed" as const,
    mutate: () => ({ idToken: () => text }),
  })),
  {
    title: "claims that are an array",
    expect: "id_token_malformed",
    mutate: () => ({ idToken: (token) => token.replace(/\.[^.]+\./, ".W10.") }),
  },
  { title: "two tokens in one", expect: "id_token_malformed", mutate: () => ({ idToken: (token) => `${token}.${token}` }) },
]);
