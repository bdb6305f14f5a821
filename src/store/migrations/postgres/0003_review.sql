-- Notices read again, and who settled what waits in review.

-- What a notice was read as after the first time, by newer profiles or by a person; the first reading stands with the
-- notice. The newest one counts.
CREATE TABLE reading (
    notice text COLLATE "C" NOT NULL REFERENCES notice (id),
    number bigint NOT NULL CHECK (number >= 2),
    read_at bigint NOT NULL,
    who text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (notice, number)
);
CREATE TRIGGER reading_is_kept BEFORE UPDATE ON reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('readings are never changed');
CREATE TRIGGER reading_stays BEFORE DELETE OR TRUNCATE ON reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('readings are never removed');

-- A state is added, and whoever settled an item is kept with it. (In SQLite this step also makes values of the words that
-- reasons once were; no release wrote such words into PostgreSQL.)
ALTER TABLE review ADD COLUMN settled text COLLATE "C";
ALTER TABLE review DROP CONSTRAINT review_state_check;
ALTER TABLE review ADD CONSTRAINT review_state_check
    CHECK (state IN ('open', 'accepted', 'corrected', 'dismissed', 'cleared'));

-- Notices are read again in the order they came.
CREATE INDEX notice_order ON notice (received_at, id);
DROP INDEX notice_received;

CREATE INDEX log_subject ON log (left(subject, 256), number);
