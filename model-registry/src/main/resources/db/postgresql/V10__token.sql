-- Tokens of the API. What callers show is not here, only its hash.
CREATE TABLE token (
    -- The first 16 digits of the hash.
    id           text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    tenant       text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    -- SHA-256 of 256 random bits: there is nothing to guess that a slow hash would make dear.
    hash         text COLLATE "C" NOT NULL CHECK (length(hash) = 64 AND substr(hash, 1, 16) = id),
    -- With commas.
    scopes       text NOT NULL,
    created_at   bigint NOT NULL,
    -- From when on it is not taken any more; null never ends it.
    expires_at   bigint,
    -- To the hour; null if it was not used yet.
    last_used_at bigint,
    UNIQUE (tenant, name)
);
