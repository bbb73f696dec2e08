-- When the commit was made that a release is of, for the lead time; null if nobody said.
ALTER TABLE release ADD COLUMN committed_at timestamptz;

-- From where: the address of a caller, or kafka/<source> of an event that was published directly.
ALTER TABLE accepted ADD COLUMN origin text NOT NULL DEFAULT 'unknown';
ALTER TABLE accepted ALTER COLUMN origin DROP DEFAULT;
ALTER TABLE journal ADD COLUMN origin text NOT NULL DEFAULT 'unknown';
ALTER TABLE journal ALTER COLUMN origin DROP DEFAULT;

-- The journal of a release begins with the request for it, seq 0; that of a release which is there already, too.
INSERT INTO journal (release_id, seq, at, actor, origin, event_source, event_id, trace, input, changes)
SELECT id, 0, requested_at, progress ->> 'requestedBy', 'unknown', '/release-service', id::text,
       '00-' || md5(id::text) || '-' || left(md5(id::text), 16) || '-00',
       jsonb_strip_nulls(jsonb_build_object(
           'input', 'Requested',
           'by', progress -> 'requestedBy',
           'version', version,
           'commit', progress -> 'commit',
           'planVersion', progress -> 'planVersion')),
       jsonb_build_array(jsonb_build_object(
           'to', 'QUEUED',
           'text', format('%s was asked for by %s', version, progress ->> 'requestedBy')))
FROM release;
