-- Releases that were asked for, and who is to be told of them.
CREATE TABLE release (
    id           uuid        PRIMARY KEY,
    subject      text        NOT NULL, -- application/environment
    version      text        NOT NULL,
    rules        jsonb       NOT NULL,
    requested_at timestamptz NOT NULL
);
CREATE INDEX release_newest ON release (subject, requested_at DESC);

-- Events of releases that are not known yet: topics are consumed side by side, so after a pause the health of a
-- release can come before the release. They are told when it is known.
CREATE TABLE early_event (
    release_id uuid        NOT NULL,
    source     text        NOT NULL,
    id         text        NOT NULL,
    subject    text        NOT NULL,
    time       timestamptz NOT NULL,
    trace      text        NOT NULL,
    name       text        NOT NULL,
    data       bytea       NOT NULL,
    PRIMARY KEY (release_id, source, id)
);

CREATE TABLE notification (
    id              uuid        PRIMARY KEY, -- grows with time
    cause_source    text        NOT NULL,
    cause_id        text        NOT NULL,
    channel         text        NOT NULL,
    recipient       text        NOT NULL,
    release_id      uuid,
    subject         text        NOT NULL,
    message         jsonb       NOT NULL,
    trace           text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('PENDING', 'SENT', 'FAILED')),
    attempts        integer     NOT NULL,
    next_attempt_at timestamptz NOT NULL, -- while it is being sent: when its lease ends
    reason          text,
    created_at      timestamptz NOT NULL,
    sent_at         timestamptz,
    UNIQUE (cause_source, cause_id, channel, recipient)
);
CREATE INDEX notification_due ON notification (channel, next_attempt_at) WHERE state = 'PENDING';
CREATE INDEX notification_order ON notification (channel, recipient, subject, id) WHERE state = 'PENDING';
CREATE INDEX notification_release ON notification (release_id, id);
