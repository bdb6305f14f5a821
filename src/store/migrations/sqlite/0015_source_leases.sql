-- Whose turn it is to read a source: of several processes one at a time. The fence rises with each turn; nobody has it where
-- there is no holder.
CREATE TABLE source_lease (
    name TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    holder TEXT,
    until INTEGER,
    CHECK ((holder IS NULL) = (until IS NULL))
) STRICT, WITHOUT ROWID;
