-- What migration 4 added, as release 0.2.0 writes it.
INSERT INTO override (outage, number, made_at, document) VALUES
    ('o-fdc51bbde1e9', 1, 1488459600000000, '{"asset":"plus-01","kind":"unannounced","by":"ann","reason":"the contract excludes tests","made_at":"2017-03-02T13:00:00Z"}');
