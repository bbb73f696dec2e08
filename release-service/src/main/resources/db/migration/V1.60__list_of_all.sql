-- The index of all releases by time is for the list of all, which says this WHERE. The list of an application or of an
-- environment with a good part of all releases was read there as well, leaving out the others one by one: most of the table,
-- if its own are old. Such a list has an index of its own. The condition is on a column that never changes, or no update of
-- a release could stay on its page.
DROP INDEX release_by_time;
CREATE INDEX release_by_time ON release (requested_at, id) WHERE id >= '00000000-0000-0000-0000-000000000000';
