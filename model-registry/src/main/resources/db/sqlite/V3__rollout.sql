-- How the requests for an alias are split. A move of the alias ends it.
CREATE TABLE rollout (
    tenant  TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    alias   TEXT    NOT NULL,
    canary  INTEGER NOT NULL,
    percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    PRIMARY KEY (tenant, name, alias),
    FOREIGN KEY (tenant, name, alias) REFERENCES alias (tenant, name, alias),
    FOREIGN KEY (tenant, name, canary) REFERENCES version (tenant, name, number)
) STRICT;

PRAGMA user_version = 3;
