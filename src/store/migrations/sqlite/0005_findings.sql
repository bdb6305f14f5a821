-- What the audit found: since when, and who accepted it.

CREATE TABLE finding (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'cleared')),
    document TEXT NOT NULL
) STRICT;
-- What was cleared grows for years and is asked for by its id alone.
CREATE INDEX finding_current ON finding (id) WHERE state IN ('open', 'accepted');
