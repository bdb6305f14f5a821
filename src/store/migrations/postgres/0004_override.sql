-- What people hold against computed verdicts: beside them, never in their place.
CREATE TABLE override (
    outage text COLLATE "C" NOT NULL REFERENCES outage (id),
    number bigint NOT NULL CHECK (number >= 1),
    made_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (outage, number)
);
CREATE TRIGGER override_is_kept BEFORE UPDATE ON override
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('overrides are never changed');
CREATE TRIGGER override_stays BEFORE DELETE OR TRUNCATE ON override
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('overrides are never removed');
