-- Lists are by the time of the request: what was asked for on Kafka may have any id. Each filter has an index that is
-- in the order of the list, so that a page costs what it shows, wherever it stands among however many releases.
DROP INDEX release_by_environment;
DROP INDEX release_by_state;
CREATE INDEX release_by_time ON release (requested_at, id);
CREATE INDEX release_by_application ON release (application, requested_at, id);
CREATE INDEX release_by_environment ON release (environment, requested_at, id);
CREATE INDEX release_by_subject ON release (application, environment, requested_at, id);
CREATE INDEX release_by_state ON release (state, requested_at, id);
CREATE INDEX release_by_version ON release (version, requested_at, id);
