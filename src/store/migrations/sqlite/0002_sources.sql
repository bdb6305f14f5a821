-- Sources that are read again and again: how far each was read, and how the last attempt went.

CREATE TABLE source (
    name TEXT PRIMARY KEY,
    -- What the name stood for: another mailbox under the same name is read from its start.
    place TEXT NOT NULL,
    -- Of a mailbox: everything up to this UID, under this numbering, is stored.
    uid_validity INTEGER,
    last_uid INTEGER,
    -- When it was last tried, and why that failed; null when it did not.
    tried_at INTEGER,
    error TEXT,
    -- When the first and the last attempt began that stored everything.
    first_complete_at INTEGER,
    complete_at INTEGER,
    -- The latest receipt of a message in it, and how many of its messages were new.
    newest_at INTEGER,
    messages INTEGER NOT NULL DEFAULT 0,
    CHECK ((uid_validity IS NULL) = (last_uid IS NULL))
) STRICT;
