-- Checks that were asked for, once each. An answered one stays for a while, so that a repeat is not answered again.
CREATE TABLE requested_check (
    check_id     text        PRIMARY KEY,
    subject      text        NOT NULL,
    release_id   uuid        NOT NULL,
    trace        text        NOT NULL,
    definition   jsonb       NOT NULL, -- CheckEvent.Check, secrets not resolved
    requested_at timestamptz NOT NULL,
    completed_at timestamptz,
    holder       uuid,                 -- the replica that makes it
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX requested_check_open ON requested_check (requested_at) WHERE completed_at IS NULL;

-- Watches that were asked for. An ended one stays for a while, so that a repeat is not started again.
CREATE TABLE watch (
    watch_id   text        PRIMARY KEY,
    subject    text        NOT NULL,
    release_id uuid        NOT NULL,
    trace      text        NOT NULL,
    until      timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX watch_running ON watch (until) WHERE ended_at IS NULL;

-- The monitors of running watches; they go when their watch ends.
CREATE TABLE monitor (
    watch_id     text        NOT NULL REFERENCES watch ON DELETE CASCADE,
    name         text        NOT NULL,
    definition   jsonb       NOT NULL, -- CheckEvent.Monitor, secrets not resolved
    state        jsonb       NOT NULL, -- MonitorState
    probes       bigint      NOT NULL DEFAULT 0, -- of the state; a state with fewer is older
    settled      boolean     NOT NULL DEFAULT false, -- whether its part in the watch is over
    holder       uuid,                 -- the replica that probes it
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (watch_id, name)
);
CREATE INDEX monitor_lease ON monitor (leased_until) WHERE NOT settled;
