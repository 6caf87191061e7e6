-- Projects in several databases (docs/architecture.md, "Several databases"). Every database has all of these tables; the
-- directory alone says where a project's data is. Additive; the conventions are those of 0001.

-- The database that holds the project's data: 0 is the directory itself, N the binding DB_N. Means nothing in a copy.
ALTER TABLE projects ADD COLUMN place INTEGER NOT NULL DEFAULT 0 CHECK (place >= 0);
-- 1 while the project is about to move: then nobody may remember where it is.
ALTER TABLE projects ADD COLUMN moving INTEGER NOT NULL DEFAULT 0 CHECK (moving IN (0, 1));

-- Serves: how many projects each database has; the projects of one, by id.
CREATE INDEX projects_by_place ON projects (place);

-- Projects that are on their way to another database (src/domain/placement/move.ts). Stands in the directory alone.
CREATE TABLE project_moves (
  project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id),
  source INTEGER NOT NULL,
  target INTEGER NOT NULL CHECK (target <> source),
  state TEXT NOT NULL CHECK (state IN ('announced', 'copying', 'frozen', 'switched')),
  -- Where the work stands: the next table and the last key, and what has been done (JSON, the mover's own).
  progress TEXT NOT NULL DEFAULT '{}' CHECK (json_type(progress) = 'object'),
  -- One step at a time: who holds the move, and until when, milliseconds; '' and 0 when nobody does.
  holder TEXT NOT NULL DEFAULT '',
  held_until INTEGER NOT NULL DEFAULT 0,
  -- Milliseconds. When the project's writes in the source stop being refused by themselves; 0 when they are not refused.
  frozen_until INTEGER NOT NULL DEFAULT 0,
  -- When the state was entered, and when the move was announced, milliseconds.
  entered_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

UPDATE instance_state SET value = '4' WHERE key = 'schema_version';

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('projects', 'projects_by_place', '1000 200 1'),
  ('project_moves', 'project_moves', '10 1');
ANALYZE sqlite_schema;
