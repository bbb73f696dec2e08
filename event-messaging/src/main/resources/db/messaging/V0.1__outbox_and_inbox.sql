-- Records to be published, written in the transaction of what they tell, deleted when Kafka has them.
CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic      text  NOT NULL,
    record_key text,
    headers    text  NOT NULL, -- a JSON object of strings
    value      bytea,
    parked     text            -- why Kafka will never take this record; it is kept for a person to look at
);

-- Events that have had their effect; a CloudEvent is named by source and id together.
CREATE TABLE inbox (
    source      text        NOT NULL,
    event_id    text        NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (source, event_id)
);
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);
