-- The inventory item by item, so that a check reads what it asks about and a change writes what differs.

-- Each vendor, asset, customer and item of the checklist of every version; the peers of each kind of asset; and `rest` (its
-- id is empty): staff and what was taught. A row is part of the versions from `since` on up to the one before `until`, which
-- is the greatest number there is while nothing took its place.
CREATE TABLE inventory_item (
    sort text COLLATE "C" NOT NULL CHECK (sort IN ('vendor', 'asset', 'customer', 'checklist', 'peers', 'rest')),
    id text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL CHECK (until > since),
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (sort, id, since)
);
CREATE INDEX inventory_item_until ON inventory_item (sort, until);

-- Every key that the name of an asset of any version is looked up by.
CREATE TABLE inventory_name (
    key text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL,
    PRIMARY KEY (key, asset)
);

-- `inventory.document` is taken apart and dropped by the program (postgres/inventory.rs): what the keys of names are, and
-- what an asset's vendors, no SQL can tell.
