-- Reads an event as it is at one moment. Columns come as texts, so that the caller parses one after another and serves others between.
-- The order of the seats is unique, and that of an index.
-- $1 uuid event, $2 bigint the layout that the caller has, whose columns are left out
-- Returns: one row: version, layout, companions_released; ids, sections, rows, numbers, labels, prices each as JSON, or NULL if left out or
-- without seats; x, y as JSON, or NULL also if no seat has one; attributes {name: [index]} as JSON;
-- statuses as a text of codes; versions as JSON; stock [{ticketTypeId, availableQuantity, totalQuantity, version}] of the types that are not hidden. No row for an unknown event
SELECT e.version, e.layout, e.companions_released, l.*, coalesce(s.statuses, '') AS statuses, coalesce(s.versions, '[]') AS versions,
  (SELECT coalesce(json_agg(json_build_object('ticketTypeId', id, 'availableQuantity', available_quantity,
      'totalQuantity', total_quantity, 'version', version) ORDER BY position, price DESC, id), '[]')
    FROM ticket_types WHERE event_id = e.event_id AND NOT hidden) AS stock
FROM event_seats e
LEFT JOIN LATERAL (
  SELECT json_agg(id)::text AS ids, json_agg(section)::text AS sections, json_agg(row_number)::text AS rows,
    json_agg(seat_number)::text AS numbers, json_agg(seat_label)::text AS labels, json_agg(price)::text AS prices,
    CASE WHEN count(x) > 0 THEN json_agg(x)::text END AS x, CASE WHEN count(y) > 0 THEN json_agg(y)::text END AS y,
    json_strip_nulls(json_build_object(
      'accessible', json_agg(at) FILTER (WHERE 'accessible' = ANY (attributes)),
      'companion', json_agg(at) FILTER (WHERE 'companion' = ANY (attributes)),
      'restricted_view', json_agg(at) FILTER (WHERE 'restricted_view' = ANY (attributes))))::text AS attributes
  FROM (
    SELECT id, section, row_number, seat_number, seat_label, price, x, y, attributes,
      row_number() OVER (ORDER BY section, row_number, seat_number) - 1 AS at
    FROM seats WHERE event_id = e.event_id
    ORDER BY section, row_number, seat_number
  ) AS ordered
) AS l ON e.layout <> $2
CROSS JOIN LATERAL (
  SELECT string_agg(CASE status WHEN 'available' THEN '0' WHEN 'locked' THEN '1' WHEN 'reserved' THEN '2' ELSE '3' END, '') AS statuses,
    json_agg(version)::text AS versions
  FROM (
    SELECT status, version FROM seats WHERE event_id = e.event_id ORDER BY section, row_number, seat_number
  ) AS ordered
) AS s
WHERE e.event_id = $1
