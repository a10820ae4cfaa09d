-- Versions that no retention removes, and why.
CREATE TABLE hold (
    tenant text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    reason text NOT NULL CHECK (length(reason) >= 1),
    since  bigint NOT NULL,
    PRIMARY KEY (tenant, name, number),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);
