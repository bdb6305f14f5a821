-- Mails about standing windows: messages about one as a whole, and about one of its occurrences.

ALTER TABLE message DROP CONSTRAINT message_cause_kind_check;
ALTER TABLE message ADD CONSTRAINT message_cause_kind_check
    CHECK (cause_kind IN ('maintenance', 'outage', 'notice', 'source', 'vendor', 'day', 'standing', 'occurrence'));
