-- How a plan's text is to be read. A plan keeps the meaning that it had when it was stored, and so do its releases.
-- Whoever stores one without a word, as a replica of the version before does during an upgrade, means the first format.
ALTER TABLE plan ADD COLUMN format int NOT NULL DEFAULT 1;

-- Releases and their journals rest on what was stored.
CREATE FUNCTION plan_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A version of a plan is kept as it is, for ever';
END $$;
CREATE TRIGGER plan_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON plan
    EXECUTE FUNCTION plan_is_for_ever();
