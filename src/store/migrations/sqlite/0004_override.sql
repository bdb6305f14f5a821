-- What people hold against computed verdicts: beside them, never in their place.
CREATE TABLE override (
    outage TEXT NOT NULL REFERENCES outage (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    made_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (outage, number)
) STRICT;
CREATE TRIGGER override_is_kept BEFORE UPDATE ON override BEGIN SELECT RAISE(ABORT, 'overrides are never changed'); END;
CREATE TRIGGER override_stays BEFORE DELETE ON override BEGIN SELECT RAISE(ABORT, 'overrides are never removed'); END;
