-- Versions of labeling projects: what answers are to be like. The newest is the one that a bare name means.
CREATE TABLE project (
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    number     INTEGER NOT NULL CHECK (number >= 1),
    digest     TEXT    NOT NULL CHECK (digest GLOB 'sha256:*' AND length(digest) = 71),
    -- In its canonical form, whose SHA-256 is the digest.
    spec       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, number)
) STRICT;

CREATE TRIGGER project_is_immutable BEFORE UPDATE ON project
BEGIN
    SELECT RAISE(ABORT, 'a version of a project never changes');
END;

CREATE TRIGGER project_is_kept BEFORE DELETE ON project
BEGIN
    SELECT RAISE(ABORT, 'a version of a project never changes');
END;

PRAGMA user_version = 9;
