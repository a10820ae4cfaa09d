-- Whose signatures versions were registered with.
CREATE TABLE signature (
    tenant TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    number INTEGER NOT NULL,
    signer TEXT    NOT NULL,
    form   TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, number, signer, form),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
) STRICT;

PRAGMA user_version = 7;
