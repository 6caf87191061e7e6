// Abandoned logins leave their transaction cookies until they expire. A browser that has gathered too many is relieved of
// them, so that the request header does not outgrow what servers take.

import { transactionCookieNames } from "../../domain/login/transaction.ts";
import type { AppContext } from "../context.ts";
import { clearHostCookie, readCookies } from "../cookies.ts";

/** Logins that one browser may have under way at once. */
const MAX_UNDER_WAY = 8;

/** Forgets the transactions under way when there are too many of them. @returns whether there were */
export function relieveTransactionCookies(c: AppContext): boolean {
  const names = transactionCookieNames(readCookies(c));
  if (names.length < MAX_UNDER_WAY) return false;
  for (const name of names) clearHostCookie(c, name);
  return true;
}
