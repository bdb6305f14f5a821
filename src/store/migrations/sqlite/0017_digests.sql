-- What digests to customers tell of, to find them by: a digest is about several maintenances, and its key names its day.
CREATE TABLE told_by_digest (
    cause_kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    contact TEXT NOT NULL,
    message TEXT NOT NULL REFERENCES message (id),
    PRIMARY KEY (cause_kind, cause, contact, message)
) STRICT, WITHOUT ROWID;
