-- What is known, what was judged, and what is to be told.
--
-- The same tables and columns as those of SQLite, so that one can be copied into the other. Instants are microseconds since
-- 1970 UTC. Whole documents are JSON kept as text: their bytes are what digests are over, and jsonb would write them anew.
-- Text sorts by its bytes (COLLATE "C"), as it does in SQLite and whatever the database's own collation is.
-- A file that has been released is never edited: a change is a new file.

CREATE TABLE IF NOT EXISTS migration (
    number bigint PRIMARY KEY,
    name text NOT NULL,
    applied_at bigint NOT NULL
);

CREATE TABLE meta (
    only_row bigint PRIMARY KEY CHECK (only_row = 1),
    secret bytea NOT NULL CHECK (length(secret) = 32),
    created_at bigint NOT NULL,
    generation bigint NOT NULL
);
-- Tells a store from anybody else's table of that name.
COMMENT ON TABLE meta IS 'inwindow store';

-- Who writes, and the numbers of its last transaction and of the last one that was kept: an answer to COMMIT that was lost
-- on the way is looked up here. Of PostgreSQL alone, and no part of what is copied from one store to another.
CREATE TABLE writer (
    id text COLLATE "C" PRIMARY KEY,
    unit bigint NOT NULL,
    kept bigint NOT NULL,
    seen_at bigint NOT NULL
);

-- Notices ------------------------------------------------------------------------------------------------------------

CREATE TABLE notice (
    id text COLLATE "C" PRIMARY KEY,
    sha256 text COLLATE "C" NOT NULL UNIQUE,
    message_id text COLLATE "C",
    received_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    reading text COLLATE "C" NOT NULL
);
-- The beginning alone: an entry of an index takes 2,700 bytes, and strangers choose how long these are.
CREATE INDEX notice_message_id ON notice (left(message_id, 256)) WHERE message_id IS NOT NULL;
CREATE INDEX notice_received ON notice (received_at);

-- Apart from the notice, so that a list of notices does not drag the mails along.
CREATE TABLE raw (
    notice text COLLATE "C" PRIMARY KEY REFERENCES notice (id),
    bytes bytea NOT NULL
);

-- The vendors that a reading speaks of.
CREATE TABLE notice_vendor (
    vendor text COLLATE "C" NOT NULL,
    notice text COLLATE "C" NOT NULL REFERENCES notice (id),
    PRIMARY KEY (vendor, notice)
);
CREATE INDEX notice_vendor_notice ON notice_vendor (notice);

CREATE TABLE review (
    notice text COLLATE "C" PRIMARY KEY REFERENCES notice (id),
    received_at bigint NOT NULL,
    vendor text COLLATE "C",
    reasons text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'accepted', 'corrected', 'dismissed'))
);
CREATE INDEX review_open ON review (received_at) WHERE state = 'open';

CREATE TABLE coverage (
    source text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('declared', 'polled')),
    vendors text COLLATE "C" NOT NULL,
    complete_until bigint NOT NULL,
    recorded_at bigint NOT NULL
);
-- One row a source, kind and set of vendors, which is longer than an index takes: whoever writes holds the lock of `meta`.
CREATE INDEX coverage_source ON coverage (left(source, 256));

-- Maintenances -------------------------------------------------------------------------------------------------------

CREATE TABLE maintenance (
    id text COLLATE "C" PRIMARY KEY,
    vendor text COLLATE "C" NOT NULL,
    account text COLLATE "C",
    reference text COLLATE "C" NOT NULL,
    -- The latest end of any window of any revision, and the latest recording: what `active` asks for.
    last_end bigint,
    last_recorded bigint NOT NULL
);
CREATE INDEX maintenance_vendor ON maintenance (vendor, id);
CREATE INDEX maintenance_last_end ON maintenance (last_end) WHERE last_end IS NOT NULL;
CREATE INDEX maintenance_last_recorded ON maintenance (last_recorded);

CREATE TABLE revision (
    maintenance text COLLATE "C" NOT NULL REFERENCES maintenance (id),
    number bigint NOT NULL CHECK (number >= 1),
    notice text COLLATE "C" NOT NULL REFERENCES notice (id),
    received_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (maintenance, number)
);
CREATE INDEX revision_notice ON revision (notice);

-- Every reference that a revision carries or replaces, folded.
CREATE TABLE reference (
    folded text COLLATE "C" NOT NULL,
    vendor text COLLATE "C" NOT NULL,
    maintenance text COLLATE "C" NOT NULL REFERENCES maintenance (id),
    PRIMARY KEY (folded, vendor, maintenance)
);
CREATE INDEX reference_maintenance ON reference (maintenance);

-- Every window of every revision in every reading, only to be searched by time. `band` is a class of length with a
-- greatest length, so that "overlaps" is one range of the index a band (see sqlite/windows.rs).
CREATE TABLE planned_window (
    band bigint NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL CHECK (end_at > start_at),
    maintenance text COLLATE "C" NOT NULL REFERENCES maintenance (id),
    PRIMARY KEY (band, start_at, end_at, maintenance)
);

-- Inventory ----------------------------------------------------------------------------------------------------------

CREATE TABLE inventory (
    version bigint PRIMARY KEY,
    applied_at bigint NOT NULL,
    digest text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL
);
CREATE INDEX inventory_applied ON inventory (applied_at, version);

-- Outages ------------------------------------------------------------------------------------------------------------

CREATE TABLE outage (
    id text COLLATE "C" PRIMARY KEY,
    start_at bigint NOT NULL,
    end_at bigint,
    document text COLLATE "C" NOT NULL
);
CREATE INDEX outage_start ON outage (start_at);

CREATE TABLE statement (
    outage text COLLATE "C" NOT NULL REFERENCES outage (id),
    digest text COLLATE "C" NOT NULL,
    said_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (outage, digest)
);

CREATE TABLE verdict (
    outage text COLLATE "C" NOT NULL REFERENCES outage (id),
    asset text COLLATE "C" NOT NULL,
    revision bigint NOT NULL CHECK (revision >= 1),
    judged_at bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (outage, asset, revision)
);

-- Messages -----------------------------------------------------------------------------------------------------------

CREATE TABLE message (
    id text COLLATE "C" PRIMARY KEY,
    cause_kind text COLLATE "C" NOT NULL CHECK (cause_kind IN ('maintenance', 'outage')),
    cause text COLLATE "C" NOT NULL,
    contact text COLLATE "C" NOT NULL,
    stage text COLLATE "C" NOT NULL,
    moment text COLLATE "C" NOT NULL,
    material_digest text COLLATE "C" NOT NULL,
    customer text COLLATE "C",
    recipient text COLLATE "C" NOT NULL,
    material text COLLATE "C" NOT NULL,
    told_before text COLLATE "C",
    due_at bigint NOT NULL,
    not_after bigint,
    state text COLLATE "C" NOT NULL CHECK (state IN ('planned', 'awaiting-approval', 'held', 'leased', 'accepted', 'failed',
                                                     'bounced', 'skipped', 'cancelled', 'suppressed')),
    reason text COLLATE "C" NOT NULL,
    planned_at bigint NOT NULL,
    tries bigint NOT NULL,
    next_attempt_at bigint,
    accepted_at bigint,
    maybe_duplicate bigint NOT NULL CHECK (maybe_duplicate IN (0, 1)),
    -- Delivery. The fence rises with each lease: who holds an older one has lost it.
    fence bigint NOT NULL DEFAULT 0,
    lease_holder text COLLATE "C",
    lease_until bigint,
    -- 1 from the moment the holder of the lease may have spoken to the relay.
    handed_over bigint NOT NULL DEFAULT 0 CHECK (handed_over IN (0, 1)),
    bytes bytea,
    -- When a worker may take it: due, or the lease run out.
    ready_at bigint GENERATED ALWAYS AS (
        CASE state
            WHEN 'planned' THEN GREATEST(due_at, COALESCE(next_attempt_at, due_at))
            WHEN 'leased' THEN lease_until
        END
    ) STORED,
    -- When it is too late for it; what a worker has is the worker's until the lease runs out.
    stale_at bigint GENERATED ALWAYS AS (
        CASE
            WHEN state IN ('planned', 'awaiting-approval', 'held') THEN not_after
            WHEN state = 'leased' AND not_after IS NOT NULL THEN GREATEST(not_after, lease_until)
        END
    ) STORED,
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    CONSTRAINT message_key UNIQUE (cause_kind, cause, contact, stage, moment, material_digest)
);
CREATE INDEX message_ready ON message (ready_at, id) WHERE ready_at IS NOT NULL;
CREATE INDEX message_stale ON message (stale_at, id) WHERE stale_at IS NOT NULL;
CREATE INDEX message_due ON message (due_at, id);
CREATE INDEX message_state ON message (state, due_at, id);
CREATE INDEX message_contact ON message (contact, due_at);
CREATE INDEX message_customer ON message (customer, due_at) WHERE customer IS NOT NULL;

-- Who did what -------------------------------------------------------------------------------------------------------

CREATE TABLE log (
    number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    who text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL
);

-- What is kept for ever, whoever asks.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
CREATE TRIGGER raw_is_kept BEFORE UPDATE ON raw
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('raw notices are never changed');
CREATE TRIGGER raw_stays BEFORE DELETE OR TRUNCATE ON raw
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('raw notices are never removed');
CREATE TRIGGER revision_is_kept BEFORE UPDATE ON revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('revisions are never changed');
CREATE TRIGGER revision_stays BEFORE DELETE OR TRUNCATE ON revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('revisions are never removed');
CREATE TRIGGER log_is_kept BEFORE UPDATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the log is append-only');
CREATE TRIGGER log_stays BEFORE DELETE OR TRUNCATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the log is append-only');
