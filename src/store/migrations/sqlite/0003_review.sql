-- Notices read again, and who settled what waits in review.

-- What a notice was read as after the first time, by newer profiles or by a person; the first reading stands with the
-- notice. The newest one counts.
CREATE TABLE reading (
    notice TEXT NOT NULL REFERENCES notice (id),
    number INTEGER NOT NULL CHECK (number >= 2),
    read_at INTEGER NOT NULL,
    who TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (notice, number)
) STRICT;
CREATE TRIGGER reading_is_kept BEFORE UPDATE ON reading BEGIN SELECT RAISE(ABORT, 'readings are never changed'); END;
CREATE TRIGGER reading_stays BEFORE DELETE ON reading BEGIN SELECT RAISE(ABORT, 'readings are never removed'); END;

-- Reasons become values instead of words, a state is added, and whoever settled an item is kept with it.
CREATE TABLE review_2 (
    notice TEXT PRIMARY KEY REFERENCES notice (id),
    received_at INTEGER NOT NULL,
    vendor TEXT,
    reasons TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'corrected', 'dismissed', 'cleared')),
    settled TEXT
) STRICT;
INSERT INTO review_2 (notice, received_at, vendor, reasons, state)
    SELECT notice, received_at, vendor,
           (SELECT json_group_array(json_object('told', value)) FROM json_each(review.reasons)), state
    FROM review;
DROP TABLE review;
ALTER TABLE review_2 RENAME TO review;
CREATE INDEX review_open ON review (received_at) WHERE state = 'open';

-- Notices are read again in the order they came.
CREATE INDEX notice_order ON notice (received_at, id);
DROP INDEX notice_received;

CREATE INDEX log_subject ON log (subject);
