// The package ships no types.
declare module "fxa-common-password-list" {
  const list: {
    /** Whether a password is among the 50,000 most used ones of eight characters or more. */
    test(password: string): boolean;
  };
  export default list;
}
