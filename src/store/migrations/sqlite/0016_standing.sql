-- Mails about standing windows: messages about one as a whole, and about one of its occurrences.

CREATE TABLE message_of_more (
    id TEXT PRIMARY KEY,
    cause_kind TEXT NOT NULL CHECK (cause_kind IN ('maintenance', 'outage', 'notice', 'source', 'vendor', 'day',
                                                   'standing', 'occurrence')),
    cause TEXT NOT NULL,
    contact TEXT NOT NULL,
    stage TEXT NOT NULL,
    moment TEXT NOT NULL,
    material_digest TEXT NOT NULL,
    customer TEXT,
    recipient TEXT NOT NULL,
    material TEXT NOT NULL,
    told_before TEXT,
    due_at INTEGER NOT NULL,
    not_after INTEGER,
    state TEXT NOT NULL CHECK (state IN ('planned', 'awaiting-approval', 'held', 'leased', 'accepted', 'failed',
                                         'bounced', 'skipped', 'cancelled', 'suppressed')),
    reason TEXT NOT NULL,
    planned_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_attempt_at INTEGER,
    accepted_at INTEGER,
    maybe_duplicate INTEGER NOT NULL CHECK (maybe_duplicate IN (0, 1)),
    -- As in 0001.
    fence INTEGER NOT NULL DEFAULT 0,
    lease_holder TEXT,
    lease_until INTEGER,
    handed_over INTEGER NOT NULL DEFAULT 0 CHECK (handed_over IN (0, 1)),
    -- As in 0012 and 0013.
    refused_as TEXT,
    held_until INTEGER CHECK (held_until IS NULL OR state = 'leased'),
    ready_at INTEGER GENERATED ALWAYS AS (
        CASE state
            WHEN 'planned' THEN max(due_at, coalesce(next_attempt_at, due_at))
            WHEN 'leased' THEN lease_until
        END
    ) VIRTUAL,
    stale_at INTEGER GENERATED ALWAYS AS (
        CASE
            WHEN state IN ('planned', 'awaiting-approval', 'held') THEN not_after
            WHEN state = 'leased' THEN max(not_after, lease_until)
        END
    ) VIRTUAL,
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    UNIQUE (cause_kind, cause, contact, stage, moment, material_digest)
) STRICT;
INSERT INTO message_of_more (id, cause_kind, cause, contact, stage, moment, material_digest, customer, recipient, material,
    told_before, due_at, not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, maybe_duplicate, fence,
    lease_holder, lease_until, handed_over, refused_as, held_until)
SELECT id, cause_kind, cause, contact, stage, moment, material_digest, customer, recipient, material, told_before, due_at,
    not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, maybe_duplicate, fence, lease_holder,
    lease_until, handed_over, refused_as, held_until
FROM message;

-- The bytes name their message: they move to the new table before the old one goes.
CREATE TABLE mail_of_more (
    message TEXT PRIMARY KEY REFERENCES message_of_more (id),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO mail_of_more (message, bytes) SELECT message, bytes FROM mail;
DROP TABLE mail;
DROP TABLE message;
ALTER TABLE message_of_more RENAME TO message;
ALTER TABLE mail_of_more RENAME TO mail;
CREATE INDEX message_ready ON message (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX message_stale ON message (stale_at) WHERE stale_at IS NOT NULL;
CREATE INDEX message_due ON message (due_at);
CREATE INDEX message_state ON message (state, due_at);
CREATE INDEX message_contact ON message (contact, due_at);
CREATE INDEX message_customer ON message (customer, due_at) WHERE customer IS NOT NULL;
