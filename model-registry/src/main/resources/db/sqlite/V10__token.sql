-- Tokens of the API. What callers show is not here, only its hash.
CREATE TABLE token (
    -- The first 16 digits of the hash.
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    tenant       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    -- SHA-256 of 256 random bits: there is nothing to guess that a slow hash would make dear.
    hash         TEXT    NOT NULL CHECK (length(hash) = 64 AND substr(hash, 1, 16) = id),
    -- With commas.
    scopes       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    -- From when on it is not taken any more; null never ends it.
    expires_at   INTEGER,
    -- To the hour; null if it was not used yet.
    last_used_at INTEGER,
    UNIQUE (tenant, name)
) STRICT;

PRAGMA user_version = 10;
