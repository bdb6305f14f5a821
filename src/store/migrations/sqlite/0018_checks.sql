-- The same checks without lists: of `IN` with three words or more SQLite makes a table in memory, for each row that is written,
-- and fills it. A message had three, which took half the time of planning it and of leasing it. No value changes.

CREATE TABLE message_checked (
    id TEXT PRIMARY KEY,
    cause_kind TEXT NOT NULL CHECK (
        cause_kind = 'maintenance' OR cause_kind = 'outage' OR cause_kind = 'notice'
        OR cause_kind = 'source' OR cause_kind = 'vendor' OR cause_kind = 'day' OR cause_kind = 'standing'
        OR cause_kind = 'occurrence'
    ),
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
    state TEXT NOT NULL CHECK (
        state = 'planned' OR state = 'awaiting-approval' OR state = 'held' OR state = 'leased'
        OR state = 'accepted' OR state = 'failed' OR state = 'bounced' OR state = 'skipped'
        OR state = 'cancelled' OR state = 'suppressed'
    ),
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
            WHEN state = 'planned' OR state = 'awaiting-approval' OR state = 'held' THEN not_after
            WHEN state = 'leased' THEN max(not_after, lease_until)
        END
    ) VIRTUAL,
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    UNIQUE (cause_kind, cause, contact, stage, moment, material_digest)
) STRICT;
INSERT INTO message_checked (id, cause_kind, cause, contact, stage, moment, material_digest, customer, recipient, material,
    told_before, due_at, not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, maybe_duplicate, fence,
    lease_holder, lease_until, handed_over, refused_as, held_until)
SELECT id, cause_kind, cause, contact, stage, moment, material_digest, customer, recipient, material, told_before, due_at,
    not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, maybe_duplicate, fence, lease_holder,
    lease_until, handed_over, refused_as, held_until
FROM message;

-- Bytes and what digests tell of name their message: they move to new tables before the old one goes.
CREATE TABLE mail_checked (
    message TEXT PRIMARY KEY REFERENCES message_checked (id),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO mail_checked (message, bytes) SELECT message, bytes FROM mail;
CREATE TABLE told_by_digest_checked (
    cause_kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    contact TEXT NOT NULL,
    message TEXT NOT NULL REFERENCES message_checked (id),
    PRIMARY KEY (cause_kind, cause, contact, message)
) STRICT, WITHOUT ROWID;
INSERT INTO told_by_digest_checked (cause_kind, cause, contact, message)
SELECT cause_kind, cause, contact, message FROM told_by_digest;
DROP TABLE told_by_digest;
DROP TABLE mail;
DROP TABLE message;
ALTER TABLE message_checked RENAME TO message;
ALTER TABLE mail_checked RENAME TO mail;
ALTER TABLE told_by_digest_checked RENAME TO told_by_digest;
CREATE INDEX message_ready ON message (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX message_stale ON message (stale_at) WHERE stale_at IS NOT NULL;
CREATE INDEX message_due ON message (due_at);
CREATE INDEX message_state ON message (state, due_at);
CREATE INDEX message_contact ON message (contact, due_at);
CREATE INDEX message_customer ON message (customer, due_at) WHERE customer IS NOT NULL;

CREATE TABLE inventory_item_checked (
    sort TEXT NOT NULL CHECK (
        sort = 'vendor' OR sort = 'asset' OR sort = 'customer' OR sort = 'checklist' OR sort = 'peers' OR sort = 'rest'
    ),
    id TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL CHECK (until > since),
    document TEXT NOT NULL,
    PRIMARY KEY (sort, id, since)
) STRICT, WITHOUT ROWID;
INSERT INTO inventory_item_checked (sort, id, since, until, document)
SELECT sort, id, since, until, document FROM inventory_item ORDER BY sort, id, since;
DROP TABLE inventory_item;
ALTER TABLE inventory_item_checked RENAME TO inventory_item;
