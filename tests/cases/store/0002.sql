-- A mailbox that was read, and another that could not be.
INSERT INTO source (name, place, uid_validity, last_uid, tried_at, error, first_complete_at, complete_at, newest_at, messages) VALUES
    ('noc', 'imap://noc@imap.us.example:993/INBOX', 1488369600, 42, 1488376800000000, NULL, 1488373200000000, 1488376800000000, 1488376700000000, 2);
INSERT INTO source (name, place, tried_at, error) VALUES
    ('old', 'imap://old@imap.us.example:993/INBOX', 1488376800000000, 'cannot connect to imap.us.example:993: Connection refused');
