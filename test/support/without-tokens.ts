// Text without its sealed and random parts. A word of a few letters turns up in base64 now and then, so who asserts that a
// word is nowhere asks this first. Ids (36 characters) stay.

/** `text` with every run of 40 or more characters of base64url, dots among them, taken out. */
export function withoutTokens(text: string): string {
  return text.replaceAll(/[\w.-]{40,}/g, "");
}
