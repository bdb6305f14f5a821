-- What is known, what was judged, and what is to be told.
--
-- Instants are microseconds since 1970 UTC. Whole documents are JSON; what is searched stands in a column of its own.
-- A file that has been released is never edited: a change is a new file.

-- "inwi": tells a store from any other SQLite file.
PRAGMA application_id = 0x696e7769;

CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    secret BLOB NOT NULL CHECK (length(secret) = 32),
    created_at INTEGER NOT NULL,
    generation INTEGER NOT NULL
) STRICT;

-- Notices ------------------------------------------------------------------------------------------------------------

CREATE TABLE notice (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    message_id TEXT,
    received_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    reading TEXT NOT NULL
) STRICT;
CREATE INDEX notice_message_id ON notice (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX notice_received ON notice (received_at);

-- Apart from the notice, so that a list of notices does not drag the mails along.
CREATE TABLE raw (
    notice TEXT PRIMARY KEY REFERENCES notice (id),
    bytes BLOB NOT NULL
) STRICT;

-- The vendors that a reading speaks of.
CREATE TABLE notice_vendor (
    vendor TEXT NOT NULL,
    notice TEXT NOT NULL REFERENCES notice (id),
    PRIMARY KEY (vendor, notice)
) STRICT, WITHOUT ROWID;

CREATE TABLE review (
    notice TEXT PRIMARY KEY REFERENCES notice (id),
    received_at INTEGER NOT NULL,
    vendor TEXT,
    reasons TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'corrected', 'dismissed'))
) STRICT;
CREATE INDEX review_open ON review (received_at) WHERE state = 'open';

CREATE TABLE coverage (
    source TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('declared', 'polled')),
    vendors TEXT NOT NULL,
    complete_until INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (source, kind, vendors)
) STRICT, WITHOUT ROWID;

-- Maintenances -------------------------------------------------------------------------------------------------------

CREATE TABLE maintenance (
    id TEXT PRIMARY KEY,
    vendor TEXT NOT NULL,
    account TEXT,
    reference TEXT NOT NULL,
    -- The latest end of any window of any revision, and the latest recording: what `active` asks for.
    last_end INTEGER,
    last_recorded INTEGER NOT NULL
) STRICT;
CREATE INDEX maintenance_vendor ON maintenance (vendor, id);
CREATE INDEX maintenance_last_end ON maintenance (last_end) WHERE last_end IS NOT NULL;
CREATE INDEX maintenance_last_recorded ON maintenance (last_recorded);

CREATE TABLE revision (
    maintenance TEXT NOT NULL REFERENCES maintenance (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    notice TEXT NOT NULL REFERENCES notice (id),
    received_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (maintenance, number)
) STRICT;
CREATE INDEX revision_notice ON revision (notice);

-- Every reference that a revision carries or replaces, folded.
CREATE TABLE reference (
    folded TEXT NOT NULL,
    vendor TEXT NOT NULL,
    maintenance TEXT NOT NULL REFERENCES maintenance (id),
    PRIMARY KEY (folded, vendor, maintenance)
) STRICT, WITHOUT ROWID;

-- Every window of every revision in every reading, only to be searched by time. `band` is a class of length with a
-- greatest length, so that "overlaps" is one range of the index a band (see sqlite/windows.rs).
CREATE TABLE planned_window (
    band INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL CHECK (end_at > start_at),
    maintenance TEXT NOT NULL REFERENCES maintenance (id),
    PRIMARY KEY (band, start_at, end_at, maintenance)
) STRICT, WITHOUT ROWID;

-- Inventory ----------------------------------------------------------------------------------------------------------

CREATE TABLE inventory (
    version INTEGER PRIMARY KEY,
    applied_at INTEGER NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX inventory_applied ON inventory (applied_at, version);

-- Outages ------------------------------------------------------------------------------------------------------------

CREATE TABLE outage (
    id TEXT PRIMARY KEY,
    start_at INTEGER NOT NULL,
    end_at INTEGER,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX outage_start ON outage (start_at);

CREATE TABLE statement (
    outage TEXT NOT NULL REFERENCES outage (id),
    digest TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (outage, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
    outage TEXT NOT NULL REFERENCES outage (id),
    asset TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    judged_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (outage, asset, revision)
) STRICT;

-- Messages -----------------------------------------------------------------------------------------------------------

CREATE TABLE message (
    id TEXT PRIMARY KEY,
    cause_kind TEXT NOT NULL CHECK (cause_kind IN ('maintenance', 'outage')),
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
    -- Delivery. The fence rises with each lease: who holds an older one has lost it.
    fence INTEGER NOT NULL DEFAULT 0,
    lease_holder TEXT,
    lease_until INTEGER,
    -- 1 from the moment the holder of the lease may have spoken to the relay.
    handed_over INTEGER NOT NULL DEFAULT 0 CHECK (handed_over IN (0, 1)),
    bytes BLOB,
    -- When a worker may take it: due, or the lease run out.
    ready_at INTEGER GENERATED ALWAYS AS (
        CASE state
            WHEN 'planned' THEN max(due_at, coalesce(next_attempt_at, due_at))
            WHEN 'leased' THEN lease_until
        END
    ) VIRTUAL,
    -- When it is too late for it; what a worker has is the worker's until the lease runs out.
    stale_at INTEGER GENERATED ALWAYS AS (
        CASE
            WHEN state IN ('planned', 'awaiting-approval', 'held') THEN not_after
            WHEN state = 'leased' THEN max(not_after, lease_until)
        END
    ) VIRTUAL,
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    UNIQUE (cause_kind, cause, contact, stage, moment, material_digest)
) STRICT;
CREATE INDEX message_ready ON message (ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX message_stale ON message (stale_at) WHERE stale_at IS NOT NULL;
CREATE INDEX message_due ON message (due_at);
CREATE INDEX message_state ON message (state, due_at);
CREATE INDEX message_contact ON message (contact, due_at);
CREATE INDEX message_customer ON message (customer, due_at) WHERE customer IS NOT NULL;

-- Who did what -------------------------------------------------------------------------------------------------------

CREATE TABLE log (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL
) STRICT;

-- What is kept for ever, whoever asks.
CREATE TRIGGER raw_is_kept BEFORE UPDATE ON raw BEGIN SELECT RAISE(ABORT, 'raw notices are never changed'); END;
CREATE TRIGGER raw_stays BEFORE DELETE ON raw BEGIN SELECT RAISE(ABORT, 'raw notices are never removed'); END;
CREATE TRIGGER revision_is_kept BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are never changed'); END;
CREATE TRIGGER revision_stays BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are never removed'); END;
CREATE TRIGGER log_is_kept BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_stays BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
