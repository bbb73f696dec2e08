-- Plans, every version of them, for ever.
CREATE TABLE plan (
    application text        NOT NULL,
    environment text        NOT NULL,
    version     int         NOT NULL,
    yaml        text        NOT NULL,
    stored_at   timestamptz NOT NULL,
    stored_by   text        NOT NULL,
    PRIMARY KEY (application, environment, version)
);

-- The state of each release. What the engine needs stands in progress; the columns are for finding it.
CREATE TABLE release (
    id           uuid        PRIMARY KEY, -- version 7: sorts by the time it was asked for
    application  text        NOT NULL,
    environment  text        NOT NULL,
    version      text        NOT NULL,
    state        text        NOT NULL,
    revision     bigint      NOT NULL,
    progress     jsonb       NOT NULL,
    -- Sources whose next webhook a step of it awaits; '*' for any.
    awaits       text[]      NOT NULL DEFAULT '{}',
    requested_at timestamptz NOT NULL,
    ended_at     timestamptz
) WITH (fillfactor = 70);

-- At most one release is active in an environment, whatever happens.
CREATE UNIQUE INDEX release_active ON release (application, environment)
    WHERE state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK');
CREATE INDEX release_queue ON release (application, environment, id) WHERE state = 'QUEUED';
CREATE INDEX release_by_environment ON release (application, environment, id);
CREATE INDEX release_by_state ON release (state, id);
CREATE INDEX release_awaits ON release USING gin (awaits)
    WHERE state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK') AND awaits <> '{}';

-- What happened to each release, in order: the inputs, from which the state can be replayed, and what they changed.
CREATE TABLE journal (
    release_id   uuid        NOT NULL,
    seq          bigint      NOT NULL, -- the revision that the release had after it
    at           timestamptz NOT NULL,
    actor        text        NOT NULL, -- who: a person, a service, a reporter
    event_source text        NOT NULL,
    event_id     text        NOT NULL,
    trace        text        NOT NULL,
    input        jsonb       NOT NULL,
    changes      jsonb       NOT NULL,
    PRIMARY KEY (release_id, seq)
);

CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The journal is append-only';
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    EXECUTE FUNCTION journal_is_append_only();

-- When to wake a release.
CREATE TABLE timer (
    release_id uuid        NOT NULL,
    name       text        NOT NULL,
    due_at     timestamptz NOT NULL,
    trace      text        NOT NULL,
    PRIMARY KEY (release_id, name)
);
CREATE INDEX timer_due ON timer (due_at);

-- Side effects at providers. The key makes each happen once; rows stay as the record of that.
CREATE TABLE operation (
    key              text        PRIMARY KEY,
    release_id       uuid        NOT NULL,
    subject          text        NOT NULL,
    kind             text        NOT NULL,
    settings         jsonb       NOT NULL,
    state            text        NOT NULL, -- PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED
    cancelled        boolean     NOT NULL DEFAULT false, -- it is not to be attempted (again)
    until            timestamptz NOT NULL,
    attempts         int         NOT NULL DEFAULT 0,
    first_attempt_at timestamptz,
    next_attempt_at  timestamptz NOT NULL,
    lease_owner      uuid,
    lease_until      timestamptz,
    trace            text        NOT NULL
);
CREATE INDEX operation_open ON operation (next_attempt_at) WHERE state IN ('PENDING', 'RUNNING');
CREATE INDEX operation_by_release ON operation (release_id);
CREATE INDEX operation_running ON operation (subject) WHERE state = 'RUNNING';

-- What calls were accepted and are on their way through Kafka.
CREATE TABLE accepted (
    event_id   text        PRIMARY KEY,
    release_id uuid        NOT NULL,
    event      text        NOT NULL,
    actor      text        NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX accepted_by_release ON accepted (release_id);

-- Answers by Idempotency-Key: the same call again gets the same answer.
CREATE TABLE idempotency (
    caller     text        NOT NULL,
    key        text        NOT NULL,
    request    text        NOT NULL, -- a digest of path and body
    status     int         NOT NULL,
    location   text,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_created_at ON idempotency USING brin (created_at);
