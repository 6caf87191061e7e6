-- Orgate's first schema. Hand-written (docs/architecture.md, "Migrations"): STRICT everywhere, WITHOUT ROWID because
-- every key is text, NO ACTION foreign keys so that nothing is ever deleted as a side effect, and composite keys that
-- lead with project_id so that a row of one project cannot point at a row of another.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Lists and objects are JSON text. Booleans are 0 or 1.

CREATE TABLE projects (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  allowed_return_urls TEXT NOT NULL DEFAULT '[]' CHECK (json_type(allowed_return_urls) = 'array'),
  session_lifespan TEXT NOT NULL DEFAULT '24h',
  password_login INTEGER NOT NULL DEFAULT 1 CHECK (password_login IN (0, 1)),
  registration INTEGER NOT NULL DEFAULT 1 CHECK (registration IN (0, 1)),
  -- Counts every change of a domain or a connection; versions the entries of the KV domain index.
  index_revision INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Serves: the project of a host name; slugs are unique across the installation.
CREATE UNIQUE INDEX projects_by_slug ON projects (slug);

CREATE TABLE project_hostnames (
  project_id TEXT NOT NULL REFERENCES projects (id),
  hostname TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (project_id, hostname)
) STRICT, WITHOUT ROWID;

-- Serves: the project of a host name.
CREATE UNIQUE INDEX project_hostnames_by_hostname ON project_hostnames (hostname);

CREATE TABLE organizations (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  label TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled')),
  session_lifespan TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE organization_domains (
  project_id TEXT NOT NULL,
  domain TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'pending')),
  position INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, domain),
  FOREIGN KEY (project_id, organization_id) REFERENCES organizations (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the domains of an organization (read, replace, delete).
CREATE INDEX organization_domains_by_organization ON organization_domains (project_id, organization_id);

CREATE TABLE connections (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  -- NULL: social sign-in for everybody. Otherwise that organization's SSO.
  organization_id TEXT,
  provider TEXT NOT NULL,
  label TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'enabled' CHECK (state IN ('enabled', 'disabled')),
  issuer_url TEXT NOT NULL,
  client_id TEXT NOT NULL,
  -- JWE (src/crypto/seal.ts), or NULL when none is set.
  client_secret TEXT,
  token_endpoint_auth_method TEXT NOT NULL CHECK (token_endpoint_auth_method IN ('client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  -- private_key_jwt: the private JWK as a JWE, and its public half as published at jwks_uri.
  private_key TEXT,
  public_key TEXT CHECK (public_key IS NULL OR json_type(public_key) = 'object'),
  scope TEXT NOT NULL DEFAULT '[]' CHECK (json_type(scope) = 'array'),
  claims_source TEXT NOT NULL DEFAULT 'id_token' CHECK (claims_source IN ('id_token', 'userinfo')),
  claims_mapping TEXT NOT NULL DEFAULT '{}' CHECK (json_type(claims_mapping) = 'object'),
  id_token_signed_response_alg TEXT NOT NULL,
  update_identity_on_login TEXT NOT NULL DEFAULT 'never' CHECK (update_identity_on_login IN ('never', 'automatic')),
  redirect_uri TEXT NOT NULL,
  -- Where the client secret may go: the token endpoint seen at the first successful login or confirmed by an operator.
  pinned_token_endpoint TEXT,
  -- Counts every change (compare-and-set of edits).
  revision INTEGER NOT NULL DEFAULT 1,
  -- Counts the changes that end the trust of what was begun before: issuer, client, keys, organization, disabling.
  trust_revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, organization_id) REFERENCES organizations (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the connections of an organization (routing, list, delete) and the project's social sign-in (NULL).
CREATE INDEX connections_by_organization ON connections (project_id, organization_id);
-- Serves: third-party-initiated login, which names only an issuer.
CREATE INDEX connections_by_issuer ON connections (project_id, issuer_url);

CREATE TABLE identities (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  organization_id TEXT,
  -- Canonical address (src/domain/domains/email-address.ts), unique in the project; NULL when the person has none.
  email TEXT,
  -- The canonical domain of email, for the join that decides whether a session may live.
  email_domain TEXT,
  email_verified INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
  schema_id TEXT NOT NULL DEFAULT 'default',
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'inactive')),
  traits TEXT NOT NULL CHECK (json_type(traits) = 'object'),
  metadata_public TEXT,
  metadata_admin TEXT,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, organization_id) REFERENCES organizations (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the identity of an address (password login, linking); one account per address and project.
CREATE UNIQUE INDEX identities_by_email ON identities (project_id, email);
-- Serves: the members of an organization (list, deletion).
CREATE INDEX identities_by_organization ON identities (project_id, organization_id);

CREATE TABLE password_credentials (
  project_id TEXT NOT NULL,
  identity_id TEXT NOT NULL,
  -- PHC string, scrypt.
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, identity_id),
  FOREIGN KEY (project_id, identity_id) REFERENCES identities (project_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE oidc_credentials (
  project_id TEXT NOT NULL,
  -- The organization's id, or '' for social sign-in: a NULL would not be unique in a key.
  organization_key TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  organization_id TEXT,
  identity_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, organization_key, issuer, subject),
  CHECK (organization_key = coalesce(organization_id, '')),
  FOREIGN KEY (project_id, organization_id) REFERENCES organizations (project_id, id),
  FOREIGN KEY (project_id, identity_id) REFERENCES identities (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the credentials of an identity (read, delete).
CREATE INDEX oidc_credentials_by_identity ON oidc_credentials (project_id, identity_id);

CREATE TABLE sessions (
  project_id TEXT NOT NULL,
  id TEXT NOT NULL,
  -- SHA-256 of the token, base64url.
  token_hash TEXT NOT NULL,
  identity_id TEXT NOT NULL,
  -- What the session rests on; read again, with the rows it names, whenever it is used (src/domain/sessions/session.ts).
  organization_id TEXT,
  connection_id TEXT,
  connection_trust_revision INTEGER,
  authentication_methods TEXT NOT NULL CHECK (json_type(authentication_methods) = 'array'),
  ip_address TEXT,
  user_agent TEXT,
  authenticated_at INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, identity_id) REFERENCES identities (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the sessions of an identity (list, revoke, delete with it). The token carries the id, so it needs no index.
CREATE INDEX sessions_by_identity ON sessions (project_id, identity_id);

-- A row says: this login transaction has been used. Inserted before the code is redeemed; the one winner goes on.
CREATE TABLE consumed_transactions (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The first characters of the key, to recognise it by.
  prefix TEXT NOT NULL,
  -- SHA-256 of the key, base64url.
  key_hash TEXT NOT NULL,
  last_used_at INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the key that a request presents; the project comes out of this row, never out of the path.
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (key_hash);

-- What an operator (an identity of the console project) may do with a project. Access to the console project itself
-- stands for access to every project.
CREATE TABLE operator_access (
  project_id TEXT NOT NULL REFERENCES projects (id),
  operator_project_id TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, operator_id),
  FOREIGN KEY (operator_project_id, operator_id) REFERENCES identities (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: everything an operator may reach; deleting an operator.
CREATE INDEX operator_access_by_operator ON operator_access (operator_project_id, operator_id);

-- The audit log. Ids are UUIDv7, so the primary key is also the order of time.
CREATE TABLE events (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  -- root_key | api_key | operator | identity | anonymous | system, and whose.
  actor_type TEXT NOT NULL,
  actor_id TEXT,
  organization_id TEXT,
  connection_id TEXT,
  identity_id TEXT,
  -- Machine-readable reason of a refusal, or NULL.
  reason TEXT,
  request_id TEXT NOT NULL,
  ip_address TEXT,
  details TEXT NOT NULL DEFAULT '{}' CHECK (json_type(details) = 'object'),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- Attempts at a door per key (account and network, account, network); keys are digests, not addresses.
CREATE TABLE attempt_counters (
  project_id TEXT NOT NULL REFERENCES projects (id),
  key TEXT NOT NULL,
  count INTEGER NOT NULL,
  locked_until INTEGER NOT NULL DEFAULT 0,
  -- When the count is forgotten.
  window_ends_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, key)
) STRICT, WITHOUT ROWID;

-- Domains whose KV index entry has not been confirmed since their last change; emptied by the write-through or the sweep.
CREATE TABLE domain_index_outbox (
  project_id TEXT NOT NULL REFERENCES projects (id),
  domain TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, domain)
) STRICT, WITHOUT ROWID;

-- Facts about this installation: schema_version (what /readyz expects) and the sweeps' cursors.
CREATE TABLE instance_state (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO instance_state (key, value) VALUES ('schema_version', '1');

-- What the query planner should believe about the size of things. Without it SQLite takes every project for ten rows and
-- reads all of a project by the primary key where an index would find two (test/storage/query-plans.test.ts). The numbers
-- are rows in all, then rows per value of the first key column, of the first two, and so on; only their order of magnitude
-- matters. ANALYZE makes the table that holds them, and the last statement loads them (https://sqlite.org/lang_analyze.html).
ANALYZE;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('projects', 'projects', '1000 1'),
  ('projects', 'projects_by_slug', '1000 1'),
  ('project_hostnames', 'project_hostnames', '2000 2 1'),
  ('project_hostnames', 'project_hostnames_by_hostname', '2000 1'),
  ('organizations', 'organizations', '1000000 10000 1'),
  ('organization_domains', 'organization_domains', '2000000 20000 1'),
  ('organization_domains', 'organization_domains_by_organization', '2000000 20000 2 1'),
  ('connections', 'connections', '1000000 10000 1'),
  ('connections', 'connections_by_organization', '1000000 10000 2 1'),
  ('connections', 'connections_by_issuer', '1000000 10000 2 1'),
  ('identities', 'identities', '10000000 100000 1'),
  ('identities', 'identities_by_email', '10000000 100000 1'),
  ('identities', 'identities_by_organization', '10000000 100000 100 1'),
  ('oidc_credentials', 'oidc_credentials', '10000000 100000 100 100 1'),
  ('oidc_credentials', 'oidc_credentials_by_identity', '10000000 100000 2 1'),
  ('sessions', 'sessions', '10000000 100000 1'),
  ('sessions', 'sessions_by_identity', '10000000 100000 2 1'),
  ('api_keys', 'api_keys', '3000 3 1'),
  ('api_keys', 'api_keys_by_hash', '3000 1'),
  ('operator_access', 'operator_access', '5000 5 1'),
  ('operator_access', 'operator_access_by_operator', '5000 5 5 1');
ANALYZE sqlite_schema;
