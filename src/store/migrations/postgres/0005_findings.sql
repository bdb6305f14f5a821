-- What the audit found: since when, and who accepted it.

CREATE TABLE finding (
    id text COLLATE "C" PRIMARY KEY,
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'accepted', 'cleared')),
    document text COLLATE "C" NOT NULL
);
-- What was cleared grows for years and is asked for by its id alone.
CREATE INDEX finding_current ON finding (id) WHERE state IN ('open', 'accepted');
