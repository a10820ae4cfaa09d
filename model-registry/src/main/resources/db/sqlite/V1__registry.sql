-- What is registered. A tenant stands in every key; until there is authentication it is 'local'.
-- Times are milliseconds since 1970-01-01T00:00Z.

CREATE TABLE model (
    tenant      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    -- Grows only, so that a number is never used again.
    next_number INTEGER NOT NULL CHECK (next_number >= 1),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

CREATE TABLE version (
    tenant        TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    number        INTEGER NOT NULL CHECK (number >= 1),
    digest        TEXT    NOT NULL CHECK (digest GLOB 'sha256:*' AND length(digest) = 71),
    -- The canonical manifest, whose SHA-256 is the digest.
    manifest      TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK
        (state IN ('REGISTERED', 'VALIDATING', 'AVAILABLE', 'FAILED', 'CORRUPT', 'RETIRED')),
    -- Why it is FAILED or CORRUPT.
    reason        TEXT    NOT NULL DEFAULT '',
    registered_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, number),
    UNIQUE (tenant, name, digest),
    FOREIGN KEY (tenant, name) REFERENCES model (tenant, name)
) STRICT;

CREATE INDEX version_by_digest ON version (digest);

CREATE TRIGGER version_is_immutable
BEFORE UPDATE OF tenant, name, number, digest, manifest, registered_at ON version
BEGIN
    SELECT RAISE(ABORT, 'a version never changes');
END;

CREATE TABLE alias (
    tenant   TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    alias    TEXT    NOT NULL CHECK (alias GLOB '[a-z]*'),
    number   INTEGER NOT NULL,
    moved_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, alias),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
) STRICT;

-- Who did what; written in the transaction that does it.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant     TEXT    NOT NULL,
    principal  TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    action     TEXT    NOT NULL CHECK (action IN ('register', 'state', 'alias')),
    name       TEXT    NOT NULL,
    -- The version number, or the alias.
    subject    TEXT    NOT NULL,
    from_value TEXT    NOT NULL DEFAULT '',
    to_value   TEXT    NOT NULL,
    digest     TEXT    NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

-- Read at start, so that an up-to-date database needs no migration run and a newer one is refused.
PRAGMA user_version = 1;
