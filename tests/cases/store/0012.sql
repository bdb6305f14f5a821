-- What migration 12 added, as release 0.2.0 writes it.
INSERT INTO turn (domain, at, given_at, message) VALUES
    ('acme.example', 1488373200000000, 1488373200000000, NULL),
    ('acme.example', 1488373260000000, 1488373200000000, 'msg-b82ce666d20b');
UPDATE message SET refused_as = '5.1.1', state = 'bounced' WHERE id = 'msg-5f0c2e3e75f7';
