-- Migration 20 added an index alone; a window is written under it.
UPDATE planned_window SET end_at = end_at WHERE maintenance = 1;
