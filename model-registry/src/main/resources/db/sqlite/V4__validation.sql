-- What was found when a version was last tried out.
CREATE TABLE validation (
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    verdict    TEXT   NOT NULL CHECK (verdict IN ('PASSED', 'FAILED')),
    -- Stage -> most rows of one run, as JSON: of the last trial that passed.
    row_limits TEXT   NOT NULL,
    report     TEXT   NOT NULL,
    PRIMARY KEY (tenant, name, number),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);

PRAGMA user_version = 4;
