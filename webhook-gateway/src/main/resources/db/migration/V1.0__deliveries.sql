-- Which events have come, so that a repeat is recognised. It stands apart from the deliveries because a unique key of a
-- partitioned table would have to contain the day.
CREATE TABLE seen_event (
    source      text NOT NULL,
    event_id    text NOT NULL,
    delivery_id uuid NOT NULL,
    PRIMARY KEY (source, event_id)
);
-- Ids are UUIDs of version 7, so their order is that of arrival, and what is old is found by its block.
CREATE INDEX seen_event_delivery_id ON seen_event USING brin (delivery_id);

-- What came in, and is genuine. Rows are never changed; a day's partition is dropped as a whole.
CREATE TABLE delivery (
    id          uuid        NOT NULL, -- its first 48 bits are the time of arrival
    source      text        NOT NULL,
    subject     text        NOT NULL, -- the environment that claimed the source then, or the source; the record key
    event_id    text        NOT NULL,
    type        text        NOT NULL,
    mode        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    traceparent text        NOT NULL,
    body        bytea       NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);

-- Deliveries that Kafka does not have yet, as far as is known.
CREATE TABLE unpublished (
    delivery_id uuid PRIMARY KEY
);
