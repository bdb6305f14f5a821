-- Sources that are read again and again: how far each was read, and how the last attempt went.

CREATE TABLE source (
    name text COLLATE "C" PRIMARY KEY,
    -- What the name stood for: another mailbox under the same name is read from its start.
    place text COLLATE "C" NOT NULL,
    -- Of a mailbox: everything up to this UID, under this numbering, is stored.
    uid_validity bigint,
    last_uid bigint,
    -- When it was last tried, and why that failed; null when it did not.
    tried_at bigint,
    error text COLLATE "C",
    -- When the first and the last attempt began that stored everything.
    first_complete_at bigint,
    complete_at bigint,
    -- The latest receipt of a message in it, and how many of its messages were new.
    newest_at bigint,
    messages bigint NOT NULL DEFAULT 0,
    CHECK ((uid_validity IS NULL) = (last_uid IS NULL))
);
