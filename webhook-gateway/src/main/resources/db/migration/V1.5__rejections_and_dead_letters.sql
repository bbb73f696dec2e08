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
