// What a new password must be (NIST SP 800-63B-4, section 3.1.1.2; ASVS 5.0, 6.2): long enough, not among the passwords
// that attackers try first, not the address itself. No composition rules, no truncation, exact bytes.

export type PasswordProblem = "password_too_short" | "password_too_long" | "password_common" | "password_similar_to_email";

/** Characters (code points). */
export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 256;

/**
 * Why a new password is not acceptable, or undefined when it is.
 * @param address canonical e-mail address of the account
 */
export async function refusePassword(password: string, address: string): Promise<PasswordProblem | undefined> {
  const length = [...password].length;
  if (length < PASSWORD_MIN_LENGTH) return "password_too_short";
  if (length > PASSWORD_MAX_LENGTH) return "password_too_long";
  const folded = password.toLowerCase();
  if (resemblesAddress(folded, address)) return "password_similar_to_email";
  if (isRepetition(folded) || (await isCommon(folded)) || (password !== folded && (await isCommon(password))))
    return "password_common";
  return undefined;
}

/** The address, its local part or its domain's first label, alone or with a few characters around it. */
function resemblesAddress(folded: string, address: string): boolean {
  const [local = "", domain = ""] = address.split("@");
  return [address, local, domain, domain.split(".")[0] ?? ""].some(
    (part) => part.length >= 4 && folded.includes(part) && folded.length - part.length < 5,
  );
}

/** One short piece over and over: `aaaaaaaa`, `abcabcabc`. */
function isRepetition(text: string): boolean {
  return /^(.{1,3})\1+$/u.test(text);
}

/** Among the 50,000 most used passwords of eight characters or more (Mozilla's list); loaded at its first use. */
async function isCommon(password: string): Promise<boolean> {
  const { default: list } = await import("fxa-common-password-list");
  return list.test(password);
}
