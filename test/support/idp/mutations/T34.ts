// T34: a discovery document of another issuer.

import { variants } from "./mutation.ts";

export const t34 = variants("T34", "discovery", [
  { title: "INVALID behind", expect: "issuer_mismatch", mutate: (idp) => ({ metadata: { issuer: `${idp.issuer}INVALID` } }) },
  { title: "another host", expect: "issuer_mismatch", mutate: () => ({ metadata: { issuer: "https://another.test" } }) },
  { title: "a slash more", expect: "issuer_mismatch", mutate: (idp) => ({ metadata: { issuer: `${idp.issuer}/` } }) },
  { title: "another case", expect: "issuer_mismatch", mutate: (idp) => ({ metadata: { issuer: idp.issuer.toUpperCase() } }) },
  { title: "the default port", expect: "issuer_mismatch", mutate: (idp) => ({ metadata: { issuer: `${idp.issuer}:443` } }) },
  { title: "http", expect: "issuer_mismatch", mutate: (idp) => ({ metadata: { issuer: idp.issuer.replace("https", "http") } }) },
  {
    title: "the placeholder of a multi-tenant document",
    expect: "issuer_mismatch",
    mutate: () => ({ metadata: { issuer: "https://login.test/{tenantid}/v2.0" } }),
  },
]);
