-- What planning need not look at: of each maintenance and outage the instant at which time alone may change what is planned for
-- it (one without a row is changed by no time), and of each message whether planning has seen it as it is.
CREATE TABLE wake (
    cause_kind text COLLATE "C" NOT NULL CHECK (cause_kind IN ('maintenance', 'outage')),
    cause text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (cause_kind, cause)
);
CREATE INDEX wake_at ON wake (at);
ALTER TABLE message ADD COLUMN unseen bigint NOT NULL DEFAULT 0 CHECK (unseen IN (0, 1));
CREATE INDEX message_unseen ON message (unseen) WHERE unseen = 1;
-- What staff are told of: messages that missed their moment, which their reasons begin with, and what staff were told.
CREATE INDEX message_missed ON message (not_after)
    WHERE state = 'skipped' AND customer IS NOT NULL AND reason >= 'its moment passed' AND reason < 'its moment passee';
CREATE INDEX message_staff ON message (due_at) WHERE customer IS NULL;
-- What is tried again, for the few that are asked after when all that waits is counted.
CREATE INDEX message_again ON message (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
-- By what everything was planned: a digest of policy, inventory and zone rules; none before everything was, as now. And the
-- latest instant at which anything was: wakes say nothing of the time before, to which a clock may be set back.
ALTER TABLE meta ADD COLUMN planned_by text COLLATE "C";
ALTER TABLE meta ADD COLUMN planned_at bigint;
