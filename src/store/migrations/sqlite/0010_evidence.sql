-- What people attach to outages, and what they do about claims. Both are added to and never changed.

CREATE TABLE attachment (
    outage TEXT NOT NULL REFERENCES outage (id),
    digest TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (outage, digest)
) STRICT;

-- Apart from the attachment, so that a list does not drag the files along; the same file is kept once.
CREATE TABLE attached_file (
    sha256 TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE claim_step (
    outage TEXT NOT NULL REFERENCES outage (id),
    digest TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (outage, digest)
) STRICT;

CREATE TRIGGER attachment_is_kept BEFORE UPDATE ON attachment BEGIN SELECT RAISE(ABORT, 'attachments are never changed'); END;
CREATE TRIGGER attachment_stays BEFORE DELETE ON attachment BEGIN SELECT RAISE(ABORT, 'attachments are never removed'); END;
CREATE TRIGGER attached_file_is_kept BEFORE UPDATE ON attached_file BEGIN SELECT RAISE(ABORT, 'attached files are never changed'); END;
CREATE TRIGGER attached_file_stays BEFORE DELETE ON attached_file BEGIN SELECT RAISE(ABORT, 'attached files are never removed'); END;
CREATE TRIGGER claim_step_is_kept BEFORE UPDATE ON claim_step BEGIN SELECT RAISE(ABORT, 'claim steps are never changed'); END;
CREATE TRIGGER claim_step_stays BEFORE DELETE ON claim_step BEGIN SELECT RAISE(ABORT, 'claim steps are never removed'); END;
