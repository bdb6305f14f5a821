-- What migration 10 added, as release 0.2.0 writes it.
INSERT INTO attachment (outage, digest, seen_at, document) VALUES
    ('o-fdc51bbde1e9', 'cfd9a4158a6886940e74100382c81a24561831a091d0f450d9500ccee013ee48', 1488459600000000, '{"outage":"o-fdc51bbde1e9","what":{"kind":"file","name":"breaker.jpg","bytes":18,"sha256":"896384f347672eb6dadcc13f68c8288f958f8906239a8fc353ba8755d608f61e","kept":true},"seen_at":"2017-03-02T13:00:00Z","by":"ann","note":"the PDU","recorded_at":"2017-03-02T14:00:00Z"}');
INSERT INTO attached_file (sha256, bytes) VALUES
    ('896384f347672eb6dadcc13f68c8288f958f8906239a8fc353ba8755d608f61e', X'6279746573206F6620612070696374757265');
INSERT INTO claim_step (outage, digest, recorded_at, document) VALUES
    ('o-fdc51bbde1e9', '825ce365f337860d51502e8e2ea4d56383b3e61ef46a56b0b9b236db7ad1869a', 1488542400000000, '{"outage":"o-fdc51bbde1e9","vendor":"dc-ams","act":"filed","at":"2017-03-03T12:00:00Z","by":"ann","note":"ticket 4711","recorded_at":"2017-03-03T12:00:00Z"}');
