-- When a release began: the one that began last in an environment is the one that can be rolled back after its end.
ALTER TABLE release ADD COLUMN started_at timestamptz; -- null if it has not begun
UPDATE release SET started_at = (progress ->> 'startedAt')::timestamptz WHERE progress ->> 'startedAt' IS NOT NULL;
CREATE INDEX release_begun ON release (application, environment, started_at) WHERE started_at IS NOT NULL;
