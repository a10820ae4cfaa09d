-- What was found when a version was last tried out.
CREATE TABLE validation (
    tenant     text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    number     bigint NOT NULL,
    at         bigint NOT NULL,
    verdict    text NOT NULL CHECK (verdict IN ('PASSED', 'FAILED')),
    -- Stage -> most rows of one run, as JSON: of the last trial that passed.
    row_limits text NOT NULL,
    report     text NOT NULL,
    PRIMARY KEY (tenant, name, number),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);
