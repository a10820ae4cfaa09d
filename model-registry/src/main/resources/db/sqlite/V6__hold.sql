-- Versions that no retention removes, and why.
CREATE TABLE hold (
    tenant TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    number INTEGER NOT NULL,
    reason TEXT    NOT NULL CHECK (length(reason) >= 1),
    since  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, number),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
) STRICT;

PRAGMA user_version = 6;
