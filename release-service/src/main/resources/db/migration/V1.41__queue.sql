-- Hotfixes have their turn first, then those that were asked for first.
ALTER TABLE release ADD COLUMN hotfix boolean NOT NULL DEFAULT false;
DROP INDEX release_queue;
CREATE INDEX release_queue ON release (application, environment, hotfix DESC, requested_at, id)
    WHERE state = 'QUEUED';

-- Whoever waits for a turn waits for seven days, unless its plan says otherwise; so do those that wait already.
INSERT INTO timer (release_id, name, due_at, trace)
SELECT id, 'queue', requested_at + interval '7 days',
       '00-' || md5(id::text) || '-' || left(md5(id::text), 16) || '-00'
FROM release WHERE state = 'QUEUED';
UPDATE release SET progress = jsonb_set(progress, '{waiting}', jsonb_build_object(
    'what', 'its turn',
    'since', progress -> 'requestedAt',
    'until', to_char((requested_at + interval '7 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'then', 'it is aborted'))
WHERE state = 'QUEUED';
