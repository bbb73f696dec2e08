-- The figures of an environment are read from the index alone: the outcomes of a month are spread over very many pages.
DROP INDEX outcome_by_subject;
CREATE INDEX outcome_by_subject ON outcome (application, environment, ended_at)
    INCLUDE (state, committed_at, requested_at, failed_at, touched);
