-- An application's or an environment's releases of a state: without these, a page is read by putting together all that one
-- of both has, and sorting it, however few are shown.
CREATE INDEX release_by_application_and_state ON release (application, state, requested_at, id);
CREATE INDEX release_by_environment_and_state ON release (environment, state, requested_at, id);
CREATE INDEX release_by_subject_and_state ON release (application, environment, state, requested_at, id);
