-- What a maintenance names: a check tells by it that most are none of its asset's, and reads the others alone.

-- A JSON array; null where names do not tell whom it can concern: a window that names nothing, or that has several readings.
-- A document with a NUL in a string is one that these functions do not read: it is taken for such a one.
ALTER TABLE maintenance ADD COLUMN names text COLLATE "C";

UPDATE maintenance SET names = (
    SELECT coalesce(json_agg(name), '[]'::json)::text FROM (
        SELECT object ->> 'name' AS name
        FROM revision, json_array_elements(document::json #> '{announcement,objects}') AS object
        WHERE revision.maintenance = maintenance.number
        UNION
        SELECT object ->> 'name'
        FROM revision, json_array_elements(document::json #> '{announcement,windows}') AS planned,
             json_array_elements(planned -> 'objects') AS object
        WHERE revision.maintenance = maintenance.number
        ORDER BY name
    ) AS named
)
WHERE NOT EXISTS (
    SELECT 1 FROM revision, json_array_elements(document::json #> '{announcement,windows}') AS planned
    WHERE revision.maintenance = maintenance.number
      AND (coalesce(json_array_length(planned -> 'others'), 0) > 0
           OR (coalesce(json_array_length(planned -> 'objects'), 0) = 0
               AND coalesce(json_array_length(document::json #> '{announcement,objects}'), 0) = 0))
) AND NOT EXISTS (
    SELECT 1 FROM revision WHERE revision.maintenance = maintenance.number AND position('\u0000' IN document) > 0
);
