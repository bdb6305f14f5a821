-- What is ready and what goes stale, of messages that nobody has: a lease and its end write each of these indexes once less.
-- What somebody has is found by its state, of which there is little.
DROP INDEX message_ready;
DROP INDEX message_stale;
CREATE INDEX message_ready ON message (ready_at, id) WHERE lease_until IS NULL AND ready_at IS NOT NULL;
CREATE INDEX message_stale ON message (stale_at, id) WHERE lease_until IS NULL AND stale_at IS NOT NULL;
