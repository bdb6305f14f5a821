-- What migration 8 added, as release 0.2.0 writes it: one unit of work was written that no outage was judged by.
UPDATE meta SET owed = 2, judged = 1;
