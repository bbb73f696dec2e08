-- Hardly anything looks into the state but what reads all of it. As text it is neither taken apart nor put together again
-- with each transition, nor compressed up to 4 KB; written often, it stays on its page.
ALTER TABLE release ALTER COLUMN progress TYPE json USING progress::json, SET (toast_tuple_target = 4080);
