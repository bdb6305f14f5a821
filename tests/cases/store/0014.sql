-- What migration 14 added, as release 0.2.0 writes it.
UPDATE maintenance SET names = '["feed-a"]' WHERE id = 'm-328afc9e4f3a';
