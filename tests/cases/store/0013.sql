-- What migration 13 added, as release 0.2.0 writes it.
INSERT INTO mail (message, bytes) VALUES ('msg-b82ce666d20b', X'5375626A6563743A206E65770D0A0D0A546578740D0A');
UPDATE message SET held_until = 1488380460000000 WHERE id = 'msg-e9f26f5765f6';
