-- Notices and maintenances get numbers in the order they come, and the tables below name them by these.
--
-- An id is drawn from a digest, so that each row of each index over ids lies on a page of its own: an import wrote eight pages
-- a notice again for them. What is named by a number is added at an end. That a digest is there once follows from its id,
-- which is drawn from it.

DROP INDEX notice_message_id;
DROP INDEX notice_order;
DROP INDEX review_open;
DROP INDEX maintenance_vendor;
DROP INDEX maintenance_last_end;
DROP INDEX maintenance_last_recorded;
DROP INDEX revision_notice;
DROP INDEX log_subject;
DROP TRIGGER raw_is_kept;
DROP TRIGGER raw_stays;
DROP TRIGGER revision_is_kept;
DROP TRIGGER revision_stays;
DROP TRIGGER reading_is_kept;
DROP TRIGGER reading_stays;

ALTER TABLE notice RENAME TO old_notice;
ALTER TABLE raw RENAME TO old_raw;
ALTER TABLE notice_vendor RENAME TO old_notice_vendor;
ALTER TABLE reading RENAME TO old_reading;
ALTER TABLE review RENAME TO old_review;
ALTER TABLE maintenance RENAME TO old_maintenance;
ALTER TABLE revision RENAME TO old_revision;
ALTER TABLE reference RENAME TO old_reference;
ALTER TABLE planned_window RENAME TO old_planned_window;

CREATE TABLE notice (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    message_id TEXT,
    received_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    reading TEXT NOT NULL
) STRICT;
INSERT INTO notice (id, sha256, message_id, received_at, document, reading)
    SELECT id, sha256, message_id, received_at, document, reading FROM old_notice ORDER BY rowid;
CREATE INDEX notice_message_id ON notice (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX notice_order ON notice (received_at, id);

CREATE TABLE raw (
    notice INTEGER PRIMARY KEY REFERENCES notice (number),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO raw (notice, bytes)
    SELECT notice.number, old_raw.bytes FROM notice JOIN old_raw ON old_raw.notice = notice.id ORDER BY notice.number;

CREATE TABLE notice_vendor (
    vendor TEXT NOT NULL,
    notice INTEGER NOT NULL REFERENCES notice (number),
    PRIMARY KEY (vendor, notice)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_vendor (vendor, notice)
    SELECT of.vendor, notice.number FROM old_notice_vendor AS of JOIN notice ON notice.id = of.notice;

CREATE TABLE reading (
    notice INTEGER NOT NULL REFERENCES notice (number),
    number INTEGER NOT NULL CHECK (number >= 2),
    read_at INTEGER NOT NULL,
    who TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (notice, number)
) STRICT;
INSERT INTO reading (notice, number, read_at, who, document)
    SELECT notice.number, of.number, of.read_at, of.who, of.document
    FROM old_reading AS of JOIN notice ON notice.id = of.notice ORDER BY of.rowid;

CREATE TABLE review (
    notice INTEGER PRIMARY KEY REFERENCES notice (number),
    received_at INTEGER NOT NULL,
    vendor TEXT,
    reasons TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'corrected', 'dismissed', 'cleared')),
    settled TEXT
) STRICT;
INSERT INTO review (notice, received_at, vendor, reasons, state, settled)
    SELECT notice.number, of.received_at, of.vendor, of.reasons, of.state, of.settled
    FROM old_review AS of JOIN notice ON notice.id = of.notice;
CREATE INDEX review_open ON review (received_at) WHERE state = 'open';

CREATE TABLE maintenance (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    vendor TEXT NOT NULL,
    account TEXT,
    reference TEXT NOT NULL,
    -- The latest end of any window of any revision, and the latest recording: what `active` asks for.
    last_end INTEGER,
    last_recorded INTEGER NOT NULL
) STRICT;
INSERT INTO maintenance (id, vendor, account, reference, last_end, last_recorded)
    SELECT id, vendor, account, reference, last_end, last_recorded FROM old_maintenance ORDER BY rowid;
CREATE INDEX maintenance_vendor ON maintenance (vendor, id);
CREATE INDEX maintenance_last_end ON maintenance (last_end) WHERE last_end IS NOT NULL;
CREATE INDEX maintenance_last_recorded ON maintenance (last_recorded);

CREATE TABLE revision (
    maintenance INTEGER NOT NULL REFERENCES maintenance (number),
    number INTEGER NOT NULL CHECK (number >= 1),
    notice INTEGER NOT NULL REFERENCES notice (number),
    received_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (maintenance, number)
) STRICT;
INSERT INTO revision (maintenance, number, notice, received_at, document)
    SELECT maintenance.number, of.number, notice.number, of.received_at, of.document
    FROM old_revision AS of
    JOIN maintenance ON maintenance.id = of.maintenance JOIN notice ON notice.id = of.notice ORDER BY of.rowid;
CREATE INDEX revision_notice ON revision (notice);

CREATE TABLE reference (
    folded TEXT NOT NULL,
    vendor TEXT NOT NULL,
    maintenance INTEGER NOT NULL REFERENCES maintenance (number),
    PRIMARY KEY (folded, vendor, maintenance)
) STRICT, WITHOUT ROWID;
INSERT INTO reference (folded, vendor, maintenance)
    SELECT of.folded, of.vendor, maintenance.number
    FROM old_reference AS of JOIN maintenance ON maintenance.id = of.maintenance;

CREATE TABLE planned_window (
    band INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL CHECK (end_at > start_at),
    maintenance INTEGER NOT NULL REFERENCES maintenance (number),
    PRIMARY KEY (band, start_at, end_at, maintenance)
) STRICT, WITHOUT ROWID;
INSERT INTO planned_window (band, start_at, end_at, maintenance)
    SELECT of.band, of.start_at, of.end_at, maintenance.number
    FROM old_planned_window AS of JOIN maintenance ON maintenance.id = of.maintenance;

DROP TABLE old_planned_window;
DROP TABLE old_reference;
DROP TABLE old_revision;
DROP TABLE old_review;
DROP TABLE old_reading;
DROP TABLE old_notice_vendor;
DROP TABLE old_raw;
DROP TABLE old_maintenance;
DROP TABLE old_notice;

CREATE TRIGGER raw_is_kept BEFORE UPDATE ON raw BEGIN SELECT RAISE(ABORT, 'raw notices are never changed'); END;
CREATE TRIGGER raw_stays BEFORE DELETE ON raw BEGIN SELECT RAISE(ABORT, 'raw notices are never removed'); END;
CREATE TRIGGER revision_is_kept BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER revision_stays BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are never removed'); END;
CREATE TRIGGER reading_is_kept BEFORE UPDATE ON reading BEGIN SELECT RAISE(ABORT, 'readings are never changed'); END;
CREATE TRIGGER reading_stays BEFORE DELETE ON reading BEGIN SELECT RAISE(ABORT, 'readings are never removed'); END;

-- A line about a notice is found by the notice's number, any other by its subject.
ALTER TABLE log ADD COLUMN notice INTEGER REFERENCES notice (number);
DROP TRIGGER log_is_kept;
UPDATE log SET notice = (SELECT number FROM notice WHERE id = log.subject) WHERE subject LIKE 'n-%';
CREATE TRIGGER log_is_kept BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE INDEX log_subject ON log (subject) WHERE notice IS NULL;
CREATE INDEX log_notice ON log (notice) WHERE notice IS NOT NULL;
