-- Which aliases' requests are copied to another version. A move of the alias ends it.
CREATE TABLE shadow (
    tenant  TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    alias   TEXT    NOT NULL,
    number  BIGINT  NOT NULL,
    percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    PRIMARY KEY (tenant, name, alias),
    FOREIGN KEY (tenant, name, alias) REFERENCES alias (tenant, name, alias),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);

PRAGMA user_version = 5;
