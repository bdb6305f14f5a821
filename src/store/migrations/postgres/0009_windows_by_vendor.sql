-- Windows by vendor: a check asks for those of its asset's vendors around a time, however many others announced then.

CREATE TABLE vendor_window (
    vendor text COLLATE "C" NOT NULL,
    band bigint NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL CHECK (end_at > start_at),
    maintenance bigint NOT NULL REFERENCES maintenance (number),
    PRIMARY KEY (vendor, band, start_at, end_at, maintenance)
);
INSERT INTO vendor_window (vendor, band, start_at, end_at, maintenance)
    SELECT m.vendor, w.band, w.start_at, w.end_at, w.maintenance
    FROM planned_window w JOIN maintenance m ON m.number = w.maintenance;
DROP TABLE planned_window;
ALTER TABLE vendor_window RENAME TO planned_window;
-- By which a maintenance's windows go with it to another vendor.
CREATE INDEX planned_window_maintenance ON planned_window (maintenance);
