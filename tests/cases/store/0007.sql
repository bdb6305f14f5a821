-- What migration 7 added, as release 0.2.0 writes it.
INSERT INTO log (number, at, who, what, subject, notice) VALUES
    (3, 1488376800000000, 'ann', 'dismissed', 'n-feb7025a1127', (SELECT number FROM notice WHERE id = 'n-feb7025a1127'));
