-- Halls and keyword mappings.
-- In: old_halls, old_keywords. Out: new_halls, new_keywords, findings.

CREATE FUNCTION pg_temp.whole(t text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN t ~ '^\d{1,6}$' THEN t::integer END $$;

CREATE TEMP TABLE new_halls AS
WITH section AS (
  SELECT h.id, s.n, pg_temp.clean(s.one ->> 'name') AS name, pg_temp.whole(s.one ->> 'rows') AS rows,
    pg_temp.whole(s.one ->> 'seatsPerRow') AS seats, pg_temp.whole(s.one ->> 'startRow') AS first_row,
    pg_temp.price(CASE WHEN s.one ->> 'price' ~ '^-?\d{1,15}(\.\d{1,9})?$' THEN (s.one ->> 'price')::numeric END) AS price
  FROM old_halls h CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(h.layout_config -> 'sections') = 'array' THEN h.layout_config -> 'sections' ELSE '[]' END
  ) WITH ORDINALITY AS s (one, n)
), usable AS (
  SELECT *, coalesce(first_row, 1 + sum(rows) OVER (PARTITION BY id ORDER BY n) - rows) AS start_row
  FROM section WHERE name IS NOT NULL AND rows > 0 AND seats > 0
), layout AS (
  SELECT id, sum(rows::bigint * seats) AS seats, jsonb_agg(jsonb_build_object(
    'name', name, 'rows', rows, 'seatsPerRow', seats, 'price', price, 'startRow', start_row) ORDER BY n) AS sections
  FROM usable GROUP BY id
)
SELECT h.id, pg_temp.name(h.name) AS name, pg_temp.clean(h.description) AS description,
  -- A hall has a seat at least.
  least(coalesce(l.seats, greatest(round(h.total_seats), 1), 1), 2147483647)::integer AS total_seats,
  jsonb_build_object('sections', coalesce(l.sections, '[]')) AS layout_config,
  pg_temp.at(coalesce(h.created_at, h.updated_at, 'epoch')) AS created_at,
  pg_temp.at(coalesce(h.updated_at, h.created_at, 'epoch')) AS updated_at,
  EXISTS (SELECT FROM seat_layouts k WHERE k.id = h.id) AS already
FROM old_halls h LEFT JOIN layout l USING (id);

UPDATE new_halls h SET name = pg_temp.apart(h.name, h.id)
FROM (SELECT id, row_number() OVER (PARTITION BY name ORDER BY created_at, id) AS nth FROM new_halls) AS same
WHERE same.id = h.id AND (nth > 1 OR EXISTS (SELECT FROM seat_layouts k WHERE k.name = h.name AND k.id <> h.id));

INSERT INTO findings
SELECT rule, 'seat_layouts', h.id, NULL, v.was, v.becomes
FROM new_halls h JOIN old_halls o USING (id) CROSS JOIN LATERAL (VALUES
  ('name-taken', h.name <> pg_temp.name(o.name), to_jsonb(o.name), to_jsonb(h.name)),
  ('text-changed', pg_temp.name(o.name) <> o.name OR h.description <> o.description, to_jsonb(o.name), to_jsonb(h.name)),
  ('hall-sections', h.layout_config IS DISTINCT FROM o.layout_config, o.layout_config, h.layout_config),
  ('hall-total', h.total_seats IS DISTINCT FROM o.total_seats, to_jsonb(o.total_seats), to_jsonb(h.total_seats))
) AS v (rule, applies, was, becomes)
WHERE v.applies AND NOT h.already;

CREATE TEMP TABLE new_keywords AS
SELECT korean, english, EXISTS (SELECT FROM keyword_mappings k WHERE (k.korean, k.english) = (o.korean, o.english)) AS already
FROM (SELECT DISTINCT pg_temp.name(korean) AS korean, pg_temp.name(english) AS english FROM old_keywords) AS o;
INSERT INTO findings
SELECT 'keywords-merged', 'keyword_mappings', pg_temp.name(korean) || ' / ' || pg_temp.name(english), NULL,
  to_jsonb(count(*)), to_jsonb(1)
FROM old_keywords GROUP BY pg_temp.name(korean), pg_temp.name(english) HAVING count(*) > 1;
