-- What is old is found from its oldest end, a chunk at a time.
DROP INDEX idempotency_created_at;
CREATE INDEX idempotency_created_at ON idempotency (created_at);
CREATE INDEX operation_ended ON operation (until) WHERE state NOT IN ('PENDING', 'RUNNING');
