-- What digests to customers tell of, to find them by: a digest is about several maintenances, and its key names its day.
CREATE TABLE told_by_digest (
    cause_kind text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    contact text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL REFERENCES message (id),
    PRIMARY KEY (cause_kind, cause, contact, message)
);
