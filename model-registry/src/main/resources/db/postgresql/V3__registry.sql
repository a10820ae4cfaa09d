-- What SQLite's schema 3 is: the first that PostgreSQL has. Text is ordered by bytes, as SQLite's is.
-- A tenant stands in every key; until there is authentication it is 'local'.
-- Times are milliseconds since 1970-01-01T00:00Z.

CREATE TABLE model (
    tenant      text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    -- Grows only, so that a number is never used again.
    next_number bigint NOT NULL CHECK (next_number >= 1),
    created_at  bigint NOT NULL,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE version (
    tenant        text COLLATE "C" NOT NULL,
    name          text COLLATE "C" NOT NULL,
    number        bigint NOT NULL CHECK (number >= 1),
    digest        text COLLATE "C" NOT NULL CHECK (digest LIKE 'sha256:%' AND length(digest) = 71),
    -- The canonical manifest, whose SHA-256 is the digest.
    manifest      text NOT NULL,
    state         text NOT NULL CHECK
        (state IN ('REGISTERED', 'VALIDATING', 'AVAILABLE', 'FAILED', 'CORRUPT', 'RETIRED')),
    -- Why it is FAILED or CORRUPT.
    reason        text NOT NULL DEFAULT '',
    registered_at bigint NOT NULL,
    PRIMARY KEY (tenant, name, number),
    UNIQUE (tenant, name, digest),
    FOREIGN KEY (tenant, name) REFERENCES model (tenant, name)
);

CREATE INDEX version_by_digest ON version (digest);

CREATE FUNCTION firstpass_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END;
$$;

CREATE TRIGGER version_is_immutable
BEFORE UPDATE OF tenant, name, number, digest, manifest, registered_at ON version
FOR EACH ROW EXECUTE FUNCTION firstpass_refuse('a version never changes');

CREATE TABLE alias (
    tenant   text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    alias    text COLLATE "C" NOT NULL CHECK (alias ~ '^[a-z]'),
    number   bigint NOT NULL,
    moved_at bigint NOT NULL,
    PRIMARY KEY (tenant, name, alias),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);

-- How the requests for an alias are split. A move of the alias ends it.
CREATE TABLE rollout (
    tenant  text COLLATE "C" NOT NULL,
    name    text COLLATE "C" NOT NULL,
    alias   text COLLATE "C" NOT NULL,
    canary  bigint NOT NULL,
    percent integer NOT NULL CHECK (percent BETWEEN 0 AND 100),
    PRIMARY KEY (tenant, name, alias),
    FOREIGN KEY (tenant, name, alias) REFERENCES alias (tenant, name, alias),
    FOREIGN KEY (tenant, name, canary) REFERENCES version (tenant, name, number)
);

-- Who did what; written in the transaction that does it.
CREATE TABLE audit (
    id         bigint PRIMARY KEY,
    tenant     text COLLATE "C" NOT NULL,
    principal  text NOT NULL,
    at         bigint NOT NULL,
    action     text NOT NULL,
    name       text COLLATE "C" NOT NULL,
    -- The version number, or the alias.
    subject    text COLLATE "C" NOT NULL,
    from_value text NOT NULL,
    to_value   text NOT NULL,
    digest     text NOT NULL,
    result     text NOT NULL,
    hash       text NOT NULL CHECK (length(hash) = 64),
    -- Which server wrote it, so that it need not hear of it from here; says nothing of who asked for it.
    origin     text NOT NULL DEFAULT coalesce(current_setting('firstpass.server', true), '')
);

CREATE INDEX audit_by_subject ON audit (tenant, name, subject, id);

CREATE TABLE audit_head (
    one  integer PRIMARY KEY CHECK (one = 1),
    id   bigint NOT NULL,
    hash text NOT NULL
);

INSERT INTO audit_head (one, id, hash) VALUES (1, 0, repeat('0', 64));

CREATE TRIGGER audit_is_not_edited BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION firstpass_refuse('the audit is append-only');

CREATE TRIGGER audit_is_not_cut BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION firstpass_refuse('the audit is append-only');

CREATE TRIGGER audit_keeps_its_head BEFORE DELETE ON audit_head
FOR EACH ROW EXECUTE FUNCTION firstpass_refuse('the audit is append-only');

-- Who follows the audit hears of each line at its commit.
CREATE FUNCTION firstpass_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('firstpass', '');
    RETURN NULL;
END;
$$;

CREATE TRIGGER audit_is_told AFTER INSERT ON audit
FOR EACH STATEMENT EXECUTE FUNCTION firstpass_tell();

-- Servers that follow, and those that went without a word.
CREATE TABLE server (
    id      text PRIMARY KEY,
    name    text NOT NULL,
    -- By this database's clock.
    seen_at timestamptz NOT NULL,
    -- The last line of the audit that it knows, and that its answers are by.
    known   bigint NOT NULL
);

-- Versions that every server shall have ready before an alias names them; a row is there while somebody waits.
CREATE TABLE wish (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin  text NOT NULL DEFAULT coalesce(current_setting('firstpass.server', true), ''),
    name    text COLLATE "C" NOT NULL,
    number  bigint NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER wish_is_told AFTER INSERT ON wish
FOR EACH STATEMENT EXECUTE FUNCTION firstpass_tell();

CREATE TABLE wish_answer (
    wish    bigint NOT NULL REFERENCES wish (id) ON DELETE CASCADE,
    server  text NOT NULL,
    -- Empty where the version is ready.
    problem text NOT NULL,
    PRIMARY KEY (wish, server)
);
