-- Versions of labeling projects: what answers are to be like. The newest is the one that a bare name means.
CREATE TABLE project (
    tenant     text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    number     bigint NOT NULL CHECK (number >= 1),
    digest     text COLLATE "C" NOT NULL CHECK (digest LIKE 'sha256:%' AND length(digest) = 71),
    -- In its canonical form, whose SHA-256 is the digest.
    spec       text NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant, name, number)
);

CREATE TRIGGER project_never_changes BEFORE UPDATE OR DELETE ON project
FOR EACH ROW EXECUTE FUNCTION firstpass_refuse('a version of a project never changes');
