-- What a source sent before its window is found at once, however much there is: a summary of blocks does not shrink when
-- their rows are deleted, and each window is another.
DROP INDEX seen_event_delivery_id;
CREATE INDEX seen_event_source ON seen_event (source, delivery_id);
