-- What migration 3 added, as release 0.2.0 writes it.
INSERT INTO reading (notice, number, read_at, who, document) VALUES
    ('n-5da0ac40d10e', 2, 1488376800000000, 'ann', '{"reading":"unreadable","why":{"kind":"no_profile"},"vendor":"dc-ams"}');
UPDATE review SET state = 'cleared', settled = '{"by":"replay","at":"2017-03-01T15:00:00Z","words":null}';
INSERT INTO review (notice, received_at, vendor, reasons, state, settled) VALUES
    ('n-5da0ac40d10e', 1488373200000000, NULL, '["generic",{"doubt":{"kind":"no_zone","text":"1 March"}},{"unreadable":{"kind":"no_profile"}}]', 'open', NULL);
