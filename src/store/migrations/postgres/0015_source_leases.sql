-- Whose turn it is to read a source: of several processes one at a time. The fence rises with each turn; nobody has it where
-- there is no holder.
CREATE TABLE source_lease (
    name text COLLATE "C" PRIMARY KEY,
    fence bigint NOT NULL,
    holder text COLLATE "C",
    until bigint,
    CHECK ((holder IS NULL) = (until IS NULL))
);
