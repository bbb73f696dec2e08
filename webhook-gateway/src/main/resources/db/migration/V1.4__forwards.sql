-- Deliveries on their way to the endpoints of their sources. A row is written with its delivery.
CREATE TABLE forward (
    retention_days  smallint    NOT NULL, -- the delivery's, so that both are found, and go, together
    delivery_id     uuid        NOT NULL,
    source          text        NOT NULL,
    endpoint        text        NOT NULL,
    subject         text        NOT NULL,
    state           text        NOT NULL DEFAULT 'PENDING',
    attempts        int         NOT NULL DEFAULT 0,
    pauses          int         NOT NULL DEFAULT 0, -- how many of the schedule are used up
    next_attempt_at timestamptz NOT NULL,
    lease_until     timestamptz,                    -- until when a replica has it for an attempt
    PRIMARY KEY (retention_days, delivery_id, endpoint)
    -- A claim changes no column of an index, so with some room its new row stays on the page, and no index is touched.
) WITH (fillfactor = 80);

CREATE INDEX forward_due ON forward (source, endpoint, next_attempt_at) WHERE state = 'PENDING';
CREATE INDEX forward_order ON forward (source, endpoint, subject, delivery_id) WHERE state = 'PENDING';
CREATE INDEX forward_given_up ON forward (source, endpoint, delivery_id) WHERE state = 'GIVEN_UP';

-- What came of each attempt.
CREATE TABLE forward_attempt (
    retention_days smallint    NOT NULL,
    delivery_id    uuid        NOT NULL,
    endpoint       text        NOT NULL,
    number         int         NOT NULL,
    at             timestamptz NOT NULL,
    duration_ms    bigint      NOT NULL,
    status         int,  -- of the application's answer
    error          text, -- why there was none
    response       text, -- its first KiB
    PRIMARY KEY (retention_days, delivery_id, endpoint, number),
    FOREIGN KEY (retention_days, delivery_id, endpoint) REFERENCES forward ON DELETE CASCADE
);

-- How endpoints have answered lately; one that never failed has no row.
CREATE TABLE endpoint_state (
    source       text NOT NULL,
    endpoint     text NOT NULL,
    failures     int  NOT NULL, -- in a row
    paused_until timestamptz,   -- it is not called before that
    gone_at      timestamptz,   -- when it answered 410
    PRIMARY KEY (source, endpoint)
);

-- Endpoints sign, too.
ALTER TABLE source_secret ADD COLUMN endpoint text; -- whose it is, if it is not the source's own
