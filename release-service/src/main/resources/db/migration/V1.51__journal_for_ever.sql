-- Not even a session that says it replicates, for which triggers are silent otherwise, edits the journal.
ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_append_only;
