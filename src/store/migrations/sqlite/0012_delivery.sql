-- Why a mail was refused, and how many go to a domain.

-- The status code (RFC 3463) by which a message was refused for good, or came back.
ALTER TABLE message ADD COLUMN refused_as TEXT;

-- What went to a domain that takes so many mails a minute, and when the next ones may. A turn that was taken names no
-- message; one kept for a message is of use from `at` on. Those are forgotten that are a minute old, or were given by a
-- clock that has been set back since.
CREATE TABLE turn (
    number INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    at INTEGER NOT NULL,
    given_at INTEGER NOT NULL,
    message TEXT UNIQUE
) STRICT;
CREATE INDEX turn_domain ON turn (domain, at);
