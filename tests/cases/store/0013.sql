-- What migration 13 added, as release 0.2.0 writes it.
INSERT INTO mail (message, bytes) VALUES ('msg-5f0c2e3e75f7', CAST('Subject: Work' AS BLOB));
