import { describe, expect, test } from "vitest";
import { hashPassword, isOutdatedHash, parsePasswordHash, verifyPassword } from "../../src/crypto/passwords.ts";
import { refusePassword } from "../../src/domain/login/password-policy.ts";

describe("password hashes", () => {
  test("a hash verifies its own password, byte for byte, and no other", async () => {
    const stored = await hashPassword("correct horse ü");
    expect(stored).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword(stored, "correct horse ü")).toBe(true);
    expect(await verifyPassword(stored, "correct horse u\u0308")).toBe(false);
    expect(await verifyPassword(undefined, "correct horse ü")).toBe(false);
    expect(isOutdatedHash(stored)).toBe(false);
  });

  test.each([
    "$scrypt$ln=17,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", // 128 MiB
    "$scrypt$ln=14,r=8,p=99$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$pbkdf2-sha256$i=600000$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$2b$12$abcdefghijklmnopqrstuv",
    "plain",
  ])("an imported hash that costs too much or is none is not used: %s (T97, Kratos-26.2.10)", async (stored) => {
    expect(parsePasswordHash(stored)).toBeUndefined();
    expect(isOutdatedHash(stored)).toBe(true);
  });
});

describe("password policy (T96)", () => {
  test.each<[string, string | undefined]>([
    ["seven77", "password_too_short"],
    ["ünïcödé", "password_too_short"],
    ["x".repeat(257), "password_too_long"],
    ["password1", "password_common"],
    ["PASSWORD1", "password_common"],
    ["trustno1trustno1", undefined],
    ["aaaaaaaaaaaa", "password_common"],
    ["abcabcabcabc", "password_common"],
    ["ada.lovelace", "password_similar_to_email"],
    ["ada.lovelace1", "password_similar_to_email"],
    ["ADA.LOVELACE@personal.example", "password_similar_to_email"],
    ["personal12", "password_similar_to_email"],
    ["correct horse battery staple", undefined],
    ["x".repeat(100) + "y".repeat(100), undefined],
  ])("%s → %s", async (password, expected) => {
    expect(await refusePassword(password, "ada.lovelace@personal.example")).toBe(expected);
  });
});
