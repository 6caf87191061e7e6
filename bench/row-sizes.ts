// What a row of each growing table takes in a D1 file, its share of the indexes and of half-filled pages included, and how
// many rows D1 bills for writing it. Measured: test/storage/row-sizes.test.ts makes one of each by a real sign-in, ten
// thousand more like it, and looks at the file. Deleting a row is billed as one, whatever its indexes.

export interface RowSize {
  /** Bytes. */
  bytes: number;
  /** Rows written by an insert, index rows included. */
  written: number;
}

export const ROW_SIZES = {
  consumed_transactions: { bytes: 98, written: 1 },
  sessions: { bytes: 816, written: 2 },
  "events: login.succeeded": { bytes: 410, written: 1 },
  attempt_counters: { bytes: 108, written: 1 },
  identities: { bytes: 500, written: 3 },
  oidc_credentials: { bytes: 612, written: 2 },
  organizations: { bytes: 362, written: 3 },
  organization_domains: { bytes: 229, written: 2 },
  connections: { bytes: 1131, written: 3 },
  "provider_artifacts: Grant": { bytes: 373, written: 1 },
  "provider_artifacts: AuthorizationCode": { bytes: 978, written: 1 },
  "provider_artifacts: AccessToken": { bytes: 598, written: 1 },
  "provider_artifacts: RefreshToken": { bytes: 817, written: 1 },
} satisfies Record<string, RowSize>;

export type SizedRow = keyof typeof ROW_SIZES;
