-- Windows by vendor: a check asks for those of its asset's vendors around a time, however many others announced then.

CREATE TABLE vendor_window (
    vendor TEXT NOT NULL,
    band INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL CHECK (end_at > start_at),
    maintenance INTEGER NOT NULL REFERENCES maintenance (number),
    PRIMARY KEY (vendor, band, start_at, end_at, maintenance)
) STRICT, WITHOUT ROWID;
INSERT INTO vendor_window (vendor, band, start_at, end_at, maintenance)
    SELECT maintenance.vendor, of.band, of.start_at, of.end_at, of.maintenance
    FROM planned_window AS of JOIN maintenance ON maintenance.number = of.maintenance;
DROP TABLE planned_window;
ALTER TABLE vendor_window RENAME TO planned_window;
