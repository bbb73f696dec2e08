-- Whether a release may have changed anything: one that ended before was no deployment.
ALTER TABLE outcome ADD COLUMN touched boolean NOT NULL DEFAULT true;

UPDATE outcome SET touched = false, failed_at = NULL
FROM release
WHERE release.id = outcome.release_id
  AND (release.started_at IS NULL
       OR progress ->> 'reason' LIKE '%; nothing was changed yet, so there is no way back to go');
