-- The inventory item by item, so that a check reads what it asks about and a change writes what differs.

-- Each vendor, asset, customer and item of the checklist of every version; the peers of each kind of asset; and `rest` (its
-- id is empty): staff and what was taught. A row is part of the versions from `since` on up to the one before `until`, which
-- is the greatest number there is while nothing took its place.
CREATE TABLE inventory_item (
    sort TEXT NOT NULL CHECK (sort IN ('vendor', 'asset', 'customer', 'checklist', 'peers', 'rest')),
    id TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL CHECK (until > since),
    document TEXT NOT NULL,
    PRIMARY KEY (sort, id, since)
) STRICT, WITHOUT ROWID;

-- Every key that the name of an asset of any version is looked up by.
CREATE TABLE inventory_name (
    key TEXT NOT NULL,
    asset TEXT NOT NULL,
    PRIMARY KEY (key, asset)
) STRICT, WITHOUT ROWID;

-- `inventory.document` is taken apart and dropped by the program (sqlite/inventory.rs): what the keys of names are, and what
-- an asset's vendors, no SQL can tell.
