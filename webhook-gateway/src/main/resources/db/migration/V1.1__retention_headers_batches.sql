-- How long a delivery is kept is its source's decision, and still its end is a table dropped, not rows deleted: so
-- deliveries are parted by retention first, then by day. Their headers are kept, and what a replay repeats.
ALTER TABLE delivery RENAME TO delivery_before;
ALTER TABLE delivery_before RENAME CONSTRAINT delivery_pkey TO delivery_before_pkey;

CREATE TABLE delivery (
    retention_days smallint    NOT NULL,
    id             uuid        NOT NULL, -- its first 48 bits are the time of arrival
    source         text        NOT NULL,
    subject        text        NOT NULL, -- the environment that claimed the source then, or the source; the record key
    event_id       text        NOT NULL,
    type           text        NOT NULL,
    mode           text        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    traceparent    text        NOT NULL,
    scheme         text        NOT NULL, -- how it was verified
    replay_of      uuid,                 -- the delivery that it repeats
    headers        text        NOT NULL, -- 'name: value' lines as they came, without what is secret
    body           bytea       NOT NULL,
    PRIMARY KEY (retention_days, id)
) PARTITION BY LIST (retention_days);

-- The days are made by the service, as it goes; those of old deliveries are made here.
CREATE TABLE delivery_30d PARTITION OF delivery FOR VALUES IN (30) PARTITION BY RANGE (id);
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT relname, pg_get_expr(relpartbound, pg_class.oid) AS bounds
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'delivery_before'::regclass
    LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF delivery_30d %s',
            replace(part.relname, 'delivery_', 'delivery_30d_'), part.bounds);
    END LOOP;
END $$;
INSERT INTO delivery
    SELECT 30, id, source, subject, event_id, type, mode, occurred_at, traceparent, source, NULL, '', body
    FROM delivery_before;
DROP TABLE delivery_before;

-- Deliveries that Kafka does not have yet, as far as is known: a row for each transaction that stored some, because it
-- is written and deleted with every one of them.
ALTER TABLE unpublished RENAME TO unpublished_before;
ALTER TABLE unpublished_before RENAME CONSTRAINT unpublished_pkey TO unpublished_before_pkey;
CREATE TABLE unpublished (
    batch_id     uuid   PRIMARY KEY, -- in the order in which batches were begun
    delivery_ids uuid[] NOT NULL     -- in the order of their arrival
);
INSERT INTO unpublished
    SELECT (array_agg(delivery_id ORDER BY delivery_id))[1], array_agg(delivery_id ORDER BY delivery_id)
    FROM unpublished_before HAVING count(*) > 0;
DROP TABLE unpublished_before;
