// The organizations that a field suggests while somebody types. The field takes others, too: there may be thousands.

export interface OrganizationSuggestion {
  label: string;
  domains: readonly string[];
}

/** Id of the list, for the field. */
export const SUGGESTIONS = "organization-suggestions";

export function OrganizationSuggestions({ suggestions }: { suggestions: readonly OrganizationSuggestion[] }) {
  return (
    <datalist id={SUGGESTIONS}>
      {suggestions.map(({ label, domains }) => (
        <option value={label}>{domains.join(", ")}</option>
      ))}
    </datalist>
  );
}
