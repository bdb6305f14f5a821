-- What people attach to outages, and what they do about claims. Both are added to and never changed.

CREATE TABLE attachment (
    outage text COLLATE "C" NOT NULL REFERENCES outage (id),
    digest text COLLATE "C" NOT NULL,
    seen_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (outage, digest)
);

-- Apart from the attachment, so that a list does not drag the files along; the same file is kept once.
CREATE TABLE attached_file (
    sha256 text COLLATE "C" PRIMARY KEY,
    bytes bytea NOT NULL
);

CREATE TABLE claim_step (
    outage text COLLATE "C" NOT NULL REFERENCES outage (id),
    digest text COLLATE "C" NOT NULL,
    recorded_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (outage, digest)
);

CREATE TRIGGER attachment_is_kept BEFORE UPDATE ON attachment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('attachments are never changed');
CREATE TRIGGER attachment_stays BEFORE DELETE OR TRUNCATE ON attachment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('attachments are never removed');
CREATE TRIGGER attached_file_is_kept BEFORE UPDATE ON attached_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('attached files are never changed');
CREATE TRIGGER attached_file_stays BEFORE DELETE OR TRUNCATE ON attached_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('attached files are never removed');
CREATE TRIGGER claim_step_is_kept BEFORE UPDATE ON claim_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('claim steps are never changed');
CREATE TRIGGER claim_step_stays BEFORE DELETE OR TRUNCATE ON claim_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('claim steps are never removed');
