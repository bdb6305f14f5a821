-- What migration 9 made of the windows above are rows with their vendor; one more, as this release writes it.
INSERT INTO planned_window (vendor, band, start_at, end_at, maintenance)
    SELECT vendor, 0, 1488420000000000, 1488427200000000, number FROM maintenance WHERE vendor = 'dc-ams' LIMIT 1;
