-- What migration 15 added, as release 0.2.0 writes it: a source that is being read, and one that was.
INSERT INTO source_lease (name, fence, holder, until) VALUES
    ('noc', 3, 'us.example/4711#0f1e2d3c', 1488377100000000),
    ('old', 1, NULL, NULL);
