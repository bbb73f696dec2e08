-- When no release may begin. Rows stay as the record of who froze what, and why.
CREATE TABLE environment_freeze ( -- FREEZE is a word of PostgreSQL
    id          uuid        PRIMARY KEY,
    kind        text        NOT NULL, -- WINDOW, STOP
    application text,                 -- of every application if null
    environment text,                 -- in every environment if null
    reason      text        NOT NULL,
    -- A window, on the clock on the wall of its zone, the first time; a stop has none.
    starts      timestamp,
    ends        timestamp,
    zone        text,
    rule        text,                 -- RRULE; null if it comes once
    until       timestamptz,          -- when a stop ends, if somebody said so
    set_by      text        NOT NULL,
    set_at      timestamptz NOT NULL,
    lifted_by   text,
    lifted_at   timestamptz,
    lift_reason text
);
CREATE INDEX freeze_standing ON environment_freeze (set_at, id) WHERE lifted_at IS NULL;
