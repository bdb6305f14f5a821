-- Units of work that may concern recorded outages are counted, and those by which outages were judged: whoever ends between
-- the two leaves a difference, and the next one judges.
ALTER TABLE meta ADD COLUMN owed bigint NOT NULL DEFAULT 1;
ALTER TABLE meta ADD COLUMN judged bigint NOT NULL DEFAULT 0;
-- A store that is only now made owes nothing; of one that was there before nobody knows.
UPDATE meta SET judged = 1 WHERE generation = 0;
