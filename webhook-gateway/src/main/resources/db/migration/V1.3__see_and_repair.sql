-- What operators ask for and the primary key does not serve: by source exactly, by type and mode roughly, which is enough
-- to pass over what has none of them. Every insert pays for these, so there are no more.
CREATE INDEX delivery_source ON delivery (source, id);
CREATE INDEX delivery_type ON delivery
    USING brin (type text_bloom_ops (n_distinct_per_range = 64, false_positive_rate = 0.001), mode)
    WITH (autosummarize = on);

-- Deliveries that repeat another, because somebody asked for it.
CREATE TABLE replay (
    delivery_id uuid PRIMARY KEY,
    replay_of   uuid NOT NULL,
    event_id    text NOT NULL, -- the sender's; seen_event does not know of replays
    by          text NOT NULL  -- who asked
);
CREATE INDEX replay_replay_of ON replay (replay_of);
CREATE INDEX replay_event_id ON replay (event_id);

-- Steps of releases that rest on a delivery.
CREATE TABLE delivery_outcome (
    delivery_id uuid        NOT NULL,
    event_id    text        NOT NULL, -- the CloudEvents id of what told it
    event       text        NOT NULL, -- StepSucceeded
    release_id  uuid        NOT NULL,
    subject     text        NOT NULL,
    phase       text        NOT NULL,
    step        text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, event_id)
);

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

-- Events on slipway.webhooks that a service gave up, as they stand on the dead-letter topic.
CREATE TABLE dead_letter (
    id               uuid        PRIMARY KEY, -- of version 7, made when it was read; also that of its redrive
    record_partition int         NOT NULL,
    record_offset    bigint      NOT NULL,
    at               timestamptz NOT NULL,    -- when it was given up
    service          text        NOT NULL,    -- who gave it up
    reason           text        NOT NULL,
    origin           text        NOT NULL,    -- where it stood: topic/partition/offset
    event_id         text,                    -- its CloudEvents id
    event            text,                    -- WebhookVerified
    delivery_id      uuid,                    -- what it tells of
    redrive_of       uuid,                    -- the dead letter that was redriven, and led to this one
    record_key       text,
    headers          text        NOT NULL,    -- a JSON object of strings; a byte is a character
    value            bytea,
    redriven_by      text,
    redriven_at      timestamptz,
    UNIQUE (record_partition, record_offset, at)
);
CREATE INDEX dead_letter_delivery_id ON dead_letter (delivery_id);

-- Refused requests, by the minute: a row for each source and reason, however many there are.
CREATE TABLE rejection (
    minute timestamptz NOT NULL,
    source text        NOT NULL,
    reason text        NOT NULL,
    count  bigint      NOT NULL,
    PRIMARY KEY (minute, source, reason)
);

-- A few of them: the newest of each source and reason.
CREATE TABLE rejection_sample (
    id        uuid        PRIMARY KEY, -- of version 7
    at        timestamptz NOT NULL,
    source    text        NOT NULL,
    reason    text        NOT NULL,
    address   text        NOT NULL,    -- the sender's
    headers   text        NOT NULL,    -- 'name: value' lines; what may be secret is '***'
    body      bytea       NOT NULL,    -- its beginning
    body_size int         NOT NULL
);
CREATE INDEX rejection_sample_newest ON rejection_sample (source, reason, id);
