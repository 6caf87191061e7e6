// What each path costs, counted: test/budgets asserts every number exactly, with 10 organizations and with 100,000, and
// docs/scale.md is computed from them. A number changes here when the code has changed what it does, for no other reason.

/** What one request costs, with what goes on after its answer. */
export interface Budget {
  /** A batch is one. */
  d1RoundTrips: number;
  d1Statements: number;
  /** D1's own counts, which it bills: rows of indexes are written too. */
  rowsRead: number;
  rowsWritten: number;
  kvGets: number;
  kvPuts: number;
  /** Of the values put. */
  kvBytes: number;
  /** Calls of the rate limit binding. */
  rateLimits: number;
  /** Requests to identity providers. */
  fetches: number;
  /** Body and headers of the answer, uncompressed. */
  answerBytes: number;
}

/** By path. Who is measured has a domain, a label and an issuer of ordinary length. */
export const BUDGETS = Object.freeze({
  // The address field. The isolate knows the host's project, and which domains KV has, except where the name says otherwise.
  lookupIsolateWarm: of({ rateLimits: 1, answerBytes: 470 }),
  lookupKvWarm: of({ kvGets: 1, rateLimits: 1, answerBytes: 470 }),
  /** An owned domain that KV had not when the night shift looked. */
  lookupCold: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 4, rateLimits: 1, answerBytes: 470 }),
  /** The same without a filter of the project's domains: KV is asked first, in vain. */
  lookupColdUnfiltered: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 4, kvGets: 1, rateLimits: 1, answerBytes: 470 }),
  /** The same some seconds later: written to KV afterwards. */
  lookupColdAgain: of({
    d1RoundTrips: 1,
    d1Statements: 1,
    rowsRead: 7,
    kvGets: 1,
    kvPuts: 1,
    kvBytes: 256,
    rateLimits: 1,
    answerBytes: 470,
  }),
  /** Nobody owns the domain. */
  lookupUnknown: of({ d1RoundTrips: 1, d1Statements: 1, rateLimits: 1, answerBytes: 401 }),
  lookupUnknownUnfiltered: of({ d1RoundTrips: 1, d1Statements: 1, kvGets: 1, rateLimits: 1, answerBytes: 401 }),
  /** The isolate knows nothing, KV everything; the filter is read after the answer. */
  lookupInNewIsolate: of({ kvGets: 3, rateLimits: 1, answerBytes: 470 }),
  /** Neither the isolate nor KV knows the host or the domain. */
  lookupNothingKnown: of({
    d1RoundTrips: 2,
    d1Statements: 3,
    rowsRead: 7,
    kvGets: 3,
    kvPuts: 1,
    kvBytes: 84,
    rateLimits: 1,
    answerBytes: 470,
  }),

  // Single sign-on, by an isolate that has done it before except where the name says otherwise.
  loginPage: of({ d1RoundTrips: 1, d1Statements: 1, answerBytes: 3454 }),
  /** By a link with the connection's id. */
  ssoStart: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 2, rateLimits: 1, answerBytes: 2055 }),
  /** By the address typed into the page. */
  ssoStartByAddress: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 7, rateLimits: 1, answerBytes: 1220 }),
  /** KV has the IdP's metadata. */
  ssoStartIsolateCold: of({ d1RoundTrips: 2, d1Statements: 3, rowsRead: 5, kvGets: 1, rateLimits: 1, answerBytes: 2055 }),
  ssoStartNothingKnown: of({
    d1RoundTrips: 2,
    d1Statements: 3,
    rowsRead: 5,
    kvGets: 1,
    kvPuts: 1,
    kvBytes: 482,
    rateLimits: 1,
    fetches: 1,
    answerBytes: 2055,
  }),
  /** Somebody who comes again. */
  callback: of({ d1RoundTrips: 2, d1Statements: 4, rowsRead: 14, rowsWritten: 4, rateLimits: 1, fetches: 1, answerBytes: 701 }),
  /** Also writes that the connection works. */
  callbackFirstInTenMinutes: of({
    d1RoundTrips: 2,
    d1Statements: 5,
    rowsRead: 16,
    rowsWritten: 5,
    rateLimits: 1,
    fetches: 1,
    answerBytes: 701,
  }),
  /** Makes the identity. */
  callbackFirstLogin: of({
    d1RoundTrips: 3,
    d1Statements: 8,
    rowsRead: 11,
    rowsWritten: 9,
    rateLimits: 1,
    fetches: 1,
    answerBytes: 701,
  }),
  /** KV has the IdP's metadata and keys. */
  callbackIsolateCold: of({
    d1RoundTrips: 3,
    d1Statements: 6,
    rowsRead: 17,
    rowsWritten: 4,
    kvGets: 2,
    rateLimits: 1,
    fetches: 1,
    answerBytes: 701,
  }),
  callbackNothingKnown: of({
    d1RoundTrips: 3,
    d1Statements: 6,
    rowsRead: 17,
    rowsWritten: 4,
    kvGets: 2,
    kvPuts: 2,
    kvBytes: 1048,
    rateLimits: 1,
    fetches: 3,
    answerBytes: 701,
  }),
  /** By the gate, after the IdP has spoken; with its audit event. */
  refusedLogin: of({
    d1RoundTrips: 3,
    d1Statements: 6,
    rowsRead: 9,
    rowsWritten: 3,
    rateLimits: 1,
    fetches: 1,
    answerBytes: 1945,
  }),

  // Sessions.
  whoami: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 5, answerBytes: 1602 }),
  /** The isolate does not know the host. */
  whoamiHostCold: of({ d1RoundTrips: 2, d1Statements: 3, rowsRead: 8, answerBytes: 1602 }),
  logoutLink: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 5, answerBytes: 552 }),
  logout: of({ d1RoundTrips: 2, d1Statements: 5, rowsRead: 10, rowsWritten: 3, answerBytes: 513 }),

  // Passwords.
  loginFlow: of({ d1RoundTrips: 1, d1Statements: 1, answerBytes: 2356 }),
  registration: of({ d1RoundTrips: 2, d1Statements: 9, rowsRead: 2, rowsWritten: 8, rateLimits: 1, answerBytes: 2149 }),
  passwordLogin: of({ d1RoundTrips: 2, d1Statements: 13, rowsRead: 12, rowsWritten: 10, rateLimits: 1, answerBytes: 1549 }),
  passwordWrong: of({ d1RoundTrips: 2, d1Statements: 8, rowsRead: 11, rowsWritten: 4, rateLimits: 1, answerBytes: 2634 }),

  // Programs with a project's key, and the console: organizations of two domains and a connection, a page of 25.
  createOrganization: of({
    d1RoundTrips: 6,
    d1Statements: 12,
    rowsRead: 40,
    rowsWritten: 13,
    kvPuts: 2,
    kvBytes: 386,
    answerBytes: 665,
  }),
  listOrganizations: of({ d1RoundTrips: 3, d1Statements: 5, rowsRead: 262, answerBytes: 7723 }),
  consoleOrganizations: of({ d1RoundTrips: 5, d1Statements: 8, rowsRead: 446, answerBytes: 17741 }),

  // Sign-ins for apps.
  discovery: of({ answerBytes: 2023 }),
  jwks: of({ answerBytes: 1081 }),
  jwksIsolateCold: of({ d1RoundTrips: 2, d1Statements: 3, rowsRead: 7, answerBytes: 1081 }),
  /** Sent to the login. */
  authorizeAnonymous: of({ d1RoundTrips: 1, d1Statements: 1, rowsRead: 1, rateLimits: 1, answerBytes: 2041 }),
  /** Somebody who is signed in. */
  authorize: of({ d1RoundTrips: 3, d1Statements: 4, rowsRead: 6, rowsWritten: 2, rateLimits: 1, answerBytes: 861 }),
  /** A code for tokens. */
  token: of({ d1RoundTrips: 5, d1Statements: 7, rowsRead: 10, rowsWritten: 3, answerBytes: 1656 }),
  refresh: of({ d1RoundTrips: 5, d1Statements: 7, rowsRead: 10, rowsWritten: 3, answerBytes: 1656 }),
  userinfo: of({ d1RoundTrips: 3, d1Statements: 4, rowsRead: 9, answerBytes: 679 }),
  introspect: of({ d1RoundTrips: 4, d1Statements: 6, rowsRead: 9, answerBytes: 647 }),
} satisfies Record<string, Budget>);

export type BudgetedPath = keyof typeof BUDGETS;

/** What counts against an invocation's limit of subrequests, with the rate limiter's calls, which may not. */
export function subrequests(budget: Budget): number {
  return budget.d1RoundTrips + budget.kvGets + budget.kvPuts + budget.rateLimits + budget.fetches;
}

function of(counted: Partial<Budget> & Pick<Budget, "answerBytes">): Readonly<Budget> {
  const nothing = {
    d1RoundTrips: 0,
    d1Statements: 0,
    rowsRead: 0,
    rowsWritten: 0,
    kvGets: 0,
    kvPuts: 0,
    kvBytes: 0,
    rateLimits: 0,
    fetches: 0,
  };
  return Object.freeze({ ...nothing, ...counted });
}
