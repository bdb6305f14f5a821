-- What a maintenance names: a check tells by it that most are none of its asset's, and reads the others alone.

-- A JSON array; null where names do not tell whom it can concern: a window that names nothing, or that has several readings.
ALTER TABLE maintenance ADD COLUMN names TEXT;

UPDATE maintenance SET names = (
    SELECT json_group_array(name) FROM (
        SELECT object.value ->> 'name' AS name
        FROM revision, json_each(document, '$.announcement.objects') AS object
        WHERE revision.maintenance = maintenance.number
        UNION
        SELECT object.value ->> 'name'
        FROM revision, json_each(document, '$.announcement.windows') AS planned,
             json_each(planned.value, '$.objects') AS object
        WHERE revision.maintenance = maintenance.number
        ORDER BY name
    )
)
WHERE NOT EXISTS (
    SELECT 1 FROM revision, json_each(document, '$.announcement.windows') AS planned
    WHERE revision.maintenance = maintenance.number
      AND (coalesce(json_array_length(planned.value, '$.others'), 0) > 0
           OR (coalesce(json_array_length(planned.value, '$.objects'), 0) = 0
               AND coalesce(json_array_length(document, '$.announcement.objects'), 0) = 0))
);
