-- Not even a session that says it replicates, for which triggers are silent otherwise, edits plans and fragments.
ALTER TABLE plan ENABLE ALWAYS TRIGGER plan_for_ever;
ALTER TABLE fragment ENABLE ALWAYS TRIGGER fragment_for_ever;
