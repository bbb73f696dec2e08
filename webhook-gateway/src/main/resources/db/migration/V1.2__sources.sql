-- Sources that were set up by the API; those of the configuration are in no table.
CREATE TABLE source (
    name       text        PRIMARY KEY,
    version    bigint      NOT NULL, -- the revision that changed it last
    definition jsonb       NOT NULL, -- as it was sent, without the secrets
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE source_secret (
    id         uuid        PRIMARY KEY, -- of version 7, so their order is that in which they were added
    source     text        NOT NULL REFERENCES source ON DELETE CASCADE,
    kind       text        NOT NULL,
    content    text        NOT NULL, -- the ciphertext of one that is STORED; else the name of the variable or file
    added_at   timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX source_secret_source ON source_secret (source);

-- Grows with every change, so that replicas see that there was one. A change locks the only row.
CREATE TABLE source_revision (
    revision bigint NOT NULL
);
INSERT INTO source_revision VALUES (0);
