-- What migration 19 added, as release 0.2.0 writes it: a maintenance that wakes, a message that planning has not seen as it is,
-- one that missed its moment, and by what everything was planned.
INSERT INTO wake (cause_kind, cause, at) SELECT 'maintenance', id, 1488405600000000 FROM maintenance ORDER BY id LIMIT 1;
UPDATE message SET unseen = 1 WHERE id = 'msg-a8e848dde6d0';
UPDATE meta SET planned_at = 1488405600000000, planned_by = '0000000000000000000000000000000000000000000000000000000000000019';
