-- The bytes of mails in a table of their own: a message is written four times while it is sent, each time its whole row.

CREATE TABLE mail (
    message TEXT PRIMARY KEY REFERENCES message (id),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO mail (message, bytes) SELECT id, bytes FROM message WHERE bytes IS NOT NULL;
ALTER TABLE message DROP COLUMN bytes;

-- Until when what was handed over is its worker's, beyond the lease; `lease_until` is searched by, and changing it is dear.
ALTER TABLE message ADD COLUMN held_until INTEGER CHECK (held_until IS NULL OR state = 'leased');
