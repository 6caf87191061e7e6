-- Apps plug in: the keys we sign with, the apps that may ask, what the provider gives out, sessions as JWTs, and the hand-over
-- of a session to a native app. Additive; the conventions are those of 0001.

-- Keys a project signs tokens with (src/domain/signing-keys/signing-key.ts). Never changed: when a key signs and how long it
-- is published follow from its successors.
CREATE TABLE signing_keys (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- `kid`: the thumbprint of the public key.
  id TEXT NOT NULL,
  alg TEXT NOT NULL CHECK (alg IN ('ES256', 'RS256')),
  -- Counts the keys of one algorithm, so that of several who make the next one at once, one does.
  generation INTEGER NOT NULL,
  public_key TEXT NOT NULL CHECK (json_type(public_key) = 'object'),
  -- JWE (src/crypto/seal.ts) of the private JWK.
  private_key TEXT NOT NULL,
  -- When it begins to sign. It is published from its creation, so that no verifier meets an unknown key.
  activates_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the keys of a project by algorithm; one winner for the next generation.
CREATE UNIQUE INDEX signing_keys_by_generation ON signing_keys (project_id, alg, generation);

-- Apps: the clients of our OpenID Provider (src/domain/clients/client.ts).
CREATE TABLE clients (
  project_id TEXT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  redirect_uris TEXT NOT NULL CHECK (json_type(redirect_uris) = 'array'),
  post_logout_redirect_uris TEXT NOT NULL CHECK (json_type(post_logout_redirect_uris) = 'array'),
  grant_types TEXT NOT NULL CHECK (json_type(grant_types) = 'array'),
  response_types TEXT NOT NULL CHECK (json_type(response_types) = 'array'),
  -- Space-separated, as OAuth has it.
  scope TEXT NOT NULL,
  token_endpoint_auth_method TEXT NOT NULL CHECK (token_endpoint_auth_method IN ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
  -- Digests of the secrets that are accepted, newest first, with their expiry; never the secrets.
  secrets TEXT NOT NULL CHECK (json_type(secrets) = 'array'),
  -- private_key_jwt: the app's public keys, or where they are.
  jwks TEXT CHECK (jwks IS NULL OR json_type(jwks) = 'object'),
  jwks_uri TEXT,
  subject_type TEXT NOT NULL CHECK (subject_type IN ('public', 'pairwise')),
  backchannel_logout_uri TEXT,
  backchannel_logout_session_required INTEGER NOT NULL CHECK (backchannel_logout_session_required IN (0, 1)),
  skip_consent INTEGER NOT NULL CHECK (skip_consent IN (0, 1)),
  id_token_signed_response_alg TEXT NOT NULL CHECK (id_token_signed_response_alg IN ('ES256', 'RS256')),
  pkce TEXT NOT NULL CHECK (pkce IN ('required', 'optional')),
  -- The organizations whose people may use the app; an empty list: everybody. An organization that is deleted stays in the
  -- list, because without it the list might open the app to all.
  organization_ids TEXT NOT NULL CHECK (json_type(organization_ids) = 'array'),
  metadata TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
  revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- What a session looks like as a JWT, by a name that applications ask for (src/domain/session-tokens/template.ts).
CREATE TABLE session_token_templates (
  project_id TEXT NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  -- Seconds.
  ttl INTEGER NOT NULL,
  alg TEXT NOT NULL CHECK (alg IN ('ES256', 'RS256')),
  audience TEXT NOT NULL CHECK (json_type(audience) = 'array'),
  subject_source TEXT NOT NULL CHECK (subject_source IN ('id', 'email')),
  -- claim name -> what it is filled from
  claims TEXT NOT NULL CHECK (json_type(claims) = 'object'),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;

-- Sessions that wait for a native app to fetch them (src/domain/session-exchange/service.ts). Written when a person has
-- signed in, never before. Both codes are kept as SHA-256.
CREATE TABLE session_token_exchanges (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- Digest of return_to_code.
  id TEXT NOT NULL,
  -- Digest of init_code, which only the app has.
  init_code_hash TEXT NOT NULL,
  session_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- What the provider has given out (src/domain/provider/artifact.ts): grants, authorization codes, tokens, pushed requests, and
-- the client assertions it has seen.
CREATE TABLE provider_artifacts (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- `{kind}/{SHA-256 of the value, base64url}`; a grant's is `Grant/{session id}.{random}`, so that a session's are found.
  id TEXT NOT NULL,
  payload TEXT NOT NULL CHECK (json_type(payload) = 'object'),
  -- Set by the one who uses a code, refresh token or pushed request up.
  consumed_at INTEGER,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- What pairwise subjects are derived with (OpenID Connect Core 1.0, section 8.1). Never changed: the subjects would change.
CREATE TABLE subject_salts (
  project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id),
  salt TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Apps that have yet to be told that a session has ended (OpenID Connect Back-Channel Logout 1.0), until they have answered.
CREATE TABLE logout_notices (
  project_id TEXT NOT NULL REFERENCES projects (id),
  -- `{session id}/{client id}`
  id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  identity_id TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  -- When to try (again).
  due_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

-- Serves: the notices whose time has come.
CREATE INDEX logout_notices_by_due ON logout_notices (due_at);

UPDATE instance_state SET value = '3' WHERE key = 'schema_version';

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('signing_keys', 'signing_keys', '3000 3 1'),
  ('signing_keys', 'signing_keys_by_generation', '3000 3 2 1'),
  ('clients', 'clients', '20000 20 1'),
  ('session_token_templates', 'session_token_templates', '2000 2 1'),
  ('session_token_exchanges', 'session_token_exchanges', '10000 100 1'),
  ('provider_artifacts', 'provider_artifacts', '10000000 100000 1'),
  ('subject_salts', 'subject_salts', '1000 1'),
  ('logout_notices', 'logout_notices', '10000 100 1'),
  ('logout_notices', 'logout_notices_by_due', '10000 1');
ANALYZE sqlite_schema;
