-- Pieces that plans use, every version of them, for ever.
CREATE TABLE fragment (
    name      text        NOT NULL,
    version   int         NOT NULL,
    yaml      text        NOT NULL,
    stored_at timestamptz NOT NULL,
    stored_by text        NOT NULL,
    PRIMARY KEY (name, version)
);
CREATE TRIGGER fragment_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON fragment
    EXECUTE FUNCTION plan_is_for_ever();

-- The texts of the fragments that a plan uses, as they were when it was stored: it keeps them.
ALTER TABLE plan ADD COLUMN fragments jsonb NOT NULL DEFAULT '{}';
