-- How each release ended, in a narrow row of its own: what the figures of many releases are made of. A release's own row
-- is a document of kilobytes, and which moment it failed at stands deep in it.
CREATE TABLE outcome (
    release_id   uuid        PRIMARY KEY,
    application  text        NOT NULL,
    environment  text        NOT NULL,
    state        text        NOT NULL,
    committed_at timestamptz, -- null if nobody said when the commit was made
    requested_at timestamptz NOT NULL,
    failed_at    timestamptz, -- when health was seen degraded, or it failed; null if it did neither
    ended_at     timestamptz NOT NULL
);
CREATE INDEX outcome_by_subject ON outcome (application, environment, ended_at);
CREATE INDEX outcome_by_time ON outcome (ended_at);
CREATE INDEX outcome_succeeded ON outcome (application, environment, ended_at) WHERE state = 'SUCCEEDED';

INSERT INTO outcome
SELECT id, application, environment, state, committed_at, requested_at,
       CASE WHEN state IN ('FAILED', 'ROLLED_BACK', 'ROLLBACK_FAILED')
            THEN coalesce((progress -> 'rollback' ->> 'startedAt')::timestamptz, ended_at) END,
       ended_at
FROM release WHERE ended_at IS NOT NULL;
