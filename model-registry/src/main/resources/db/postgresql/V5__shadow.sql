-- Which aliases' requests are copied to another version. A move of the alias ends it.
CREATE TABLE shadow (
    tenant  text COLLATE "C" NOT NULL,
    name    text COLLATE "C" NOT NULL,
    alias   text COLLATE "C" NOT NULL,
    number  bigint NOT NULL,
    percent integer NOT NULL CHECK (percent BETWEEN 0 AND 100),
    PRIMARY KEY (tenant, name, alias),
    FOREIGN KEY (tenant, name, alias) REFERENCES alias (tenant, name, alias),
    FOREIGN KEY (tenant, name, number) REFERENCES version (tenant, name, number)
);
