-- Windows by time: what of all vendors shares an instant with a span is one short range a band, however many vendors there are.
CREATE INDEX planned_window_time ON planned_window (band, start_at, end_at, maintenance);
