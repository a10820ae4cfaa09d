-- Whose signatures versions were registered with.
CREATE TABLE signature (
    tenant text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    signer text COLLATE "C" NOT NULL,
    form   text COLLATE "C" NOT NULL,
    since  bigint NOT NULL,
    PRIMARY KEY (tenant, name, number, signer, form),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);
