-- What the console needs: a project's look, invitations of operators, a client secret's predecessor, when a connection last
-- worked and last failed, and finding organizations by the beginning of their label.

-- The colour of primary actions on the hosted pages, `#rrggbb`, or NULL for Orgate's own.
ALTER TABLE projects ADD COLUMN accent_color TEXT CHECK (accent_color IS NULL OR length(accent_color) = 7);
-- SHA-256 of the logo's bytes, base64url, or NULL without one: its address changes with it.
ALTER TABLE projects ADD COLUMN logo_digest TEXT;

-- The logo itself, apart, so that resolving a host name never reads it.
CREATE TABLE project_logos (
  project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id),
  media_type TEXT NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
  bytes BLOB NOT NULL CHECK (length(bytes) <= 65536),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The client secret before the last rotation, sealed like client_secret; kept until the new one has worked.
ALTER TABLE connections ADD COLUMN previous_client_secret TEXT;
-- Times of the last login that came through, to ten minutes, and of the last one that failed after the IdP was asked.
ALTER TABLE connections ADD COLUMN last_succeeded_at INTEGER;
ALTER TABLE connections ADD COLUMN last_failed_at INTEGER;
ALTER TABLE connections ADD COLUMN last_failure_reason TEXT;
-- The audit event of that failure.
ALTER TABLE connections ADD COLUMN last_failure_event_id TEXT;

-- An invitation makes its bearer, once signed in under the address, an operator of the project. The link carries the secret.
CREATE TABLE operator_invitations (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  -- SHA-256 of the secret, base64url.
  token_hash TEXT NOT NULL,
  -- Canonical address (src/domain/domains/email-address.ts).
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: organizations in the order of their labels, and those whose label begins with what was typed.
CREATE INDEX organizations_by_label ON organizations (project_id, label COLLATE NOCASE, id);
-- Serves: the same among those of one state.
CREATE INDEX organizations_by_state ON organizations (project_id, state, label COLLATE NOCASE, id);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('organizations', 'organizations_by_label', '1000000 10000 2 1'),
  ('organizations', 'organizations_by_state', '1000000 10000 5000 2 1'),
  ('operator_invitations', 'operator_invitations', '1000 3 1');
UPDATE instance_state SET value = '2' WHERE key = 'schema_version';
ANALYZE sqlite_schema;
