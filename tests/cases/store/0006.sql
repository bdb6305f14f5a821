-- What migration 6 made of the version above is its items; a second version in which the feed has another name.
INSERT INTO inventory (version, applied_at, digest) VALUES
    (2, 1488373200000000, '3b7d1ad1f8b2a8a2f0b7f2e6f0a3b1c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f304');
UPDATE inventory_item SET until = 2 WHERE sort = 'asset' AND id = 'feed-a';
INSERT INTO inventory_item (sort, id, since, until, document) VALUES
    ('asset', 'feed-a', 2, 9223372036854775807, '{"id":"feed-a","kind":"feed","name":null,"vendor":"dc-ams","account":null,"site":null,"all_of":[],"any_of":[],"aliases":["Feed A"]}'),
    ('asset', 'plus-01', 2, 9223372036854775807, '{"id":"plus-01","kind":"server","name":null,"vendor":null,"account":null,"site":"hall","all_of":["feed-a"],"any_of":[],"aliases":[]}'),
    ('peers', 'server', 2, 9223372036854775807, '[{"vendors":["dc-ams"],"sites":{"hall":1},"elsewhere":0}]'),
    ('customer', 'acme', 2, 9223372036854775807, '{"id":"acme","name":"Acme","uses":["plus-01"],"contacts":[{"email":"ops@acme.example","name":null,"role":"technical","zone":"UTC","language":"en","stages":["announce"]}],"follow_up":null}'),
    ('checklist', 'backup', 2, 9223372036854775807, '{"id":"backup","what":"backup verified","asset":null,"owner":null,"every":86400,"last_done":null}');
INSERT INTO inventory_name (key, asset) VALUES ('plus-01', 'plus-01');
