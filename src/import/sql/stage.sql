-- Temporary tables of this session for the rows of the existing service, and the functions that the other files use.
-- Numbers are numeric, because some installations use other types than integer.
-- In: the settings import.zone, import.zone_moves (whether its offset has changed since 2000), and import.deleted_event, the id of the
-- event for reservations whose own was deleted.

CREATE TEMP TABLE old_halls (id uuid, name text, description text, total_seats numeric, layout_config jsonb,
  created_at timestamp, updated_at timestamp);
CREATE TEMP TABLE old_events (id uuid, title text, description text, venue text, address text, event_date timestamp,
  sale_start_date timestamp, sale_end_date timestamp, poster_image_url text, status text, seat_layout_id uuid,
  artist_name text, pre_scaled boolean, created_by uuid, created_at timestamp, updated_at timestamp);
CREATE TEMP TABLE old_types (id uuid, event_id uuid, name text, price numeric, total_quantity numeric,
  available_quantity numeric, description text, created_at timestamp);
CREATE TEMP TABLE old_seats (id uuid, event_id uuid, section text, row_number numeric, seat_number numeric,
  seat_label text, price numeric, status text, created_at timestamp);
CREATE TEMP TABLE old_reservations (id uuid, user_id uuid, event_id uuid, reservation_number text, total_amount numeric,
  status text, payment_method text, payment_status text, expires_at timestamp, created_at timestamp, updated_at timestamp);
CREATE TEMP TABLE old_items (id uuid, reservation_id uuid, ticket_type_id uuid, seat_id uuid, quantity numeric,
  unit_price numeric, subtotal numeric, created_at timestamp);
CREATE TEMP TABLE old_keywords (korean text, english text);

-- What the rules settled, one row for each line of the report.
CREATE TEMP TABLE findings (rule text NOT NULL, entity text NOT NULL, id text NOT NULL, event_id uuid, was jsonb, becomes jsonb,
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

-- Times beyond the years of the wire become the first or the last of them.
CREATE FUNCTION pg_temp.at(t timestamp) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN t < '0001-01-02' THEN '0001-01-02 00:00:00+00'::timestamptz
    WHEN t > '9999-12-30' THEN '9999-12-30 00:00:00+00'::timestamptz
    ELSE t AT TIME ZONE current_setting('import.zone')
  END $$;

-- The rule that names a local time that the zone never had, or had twice.
CREATE FUNCTION pg_temp.doubt(t timestamp) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN current_setting('import.zone_moves') = 'false' OR t IS NULL OR t < '1900-01-01' OR t > '2200-01-01' THEN NULL
    WHEN pg_temp.at(t) AT TIME ZONE current_setting('import.zone') <> t THEN 'time-skipped'
    WHEN t IN (
      (pg_temp.at(t) - interval '1 hour') AT TIME ZONE current_setting('import.zone'),
      (pg_temp.at(t) + interval '1 hour') AT TIME ZONE current_setting('import.zone'),
      (pg_temp.at(t) - interval '30 minutes') AT TIME ZONE current_setting('import.zone'),
      (pg_temp.at(t) + interval '30 minutes') AT TIME ZONE current_setting('import.zone')
    ) THEN 'time-twice'
  END $$;

-- NFC, without control characters but tab and line ends.
CREATE FUNCTION pg_temp.clean(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN t IS NFC NORMALIZED AND t !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]' THEN t
    ELSE regexp_replace(normalize(t, NFC), '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]', '', 'g')
  END $$;

-- Text that is part of an index, whose entries PostgreSQL limits to 2.7 KB.
CREATE FUNCTION pg_temp.name(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT left(pg_temp.clean(coalesce(t, '')), 500) $$;

-- A name with the end of its row's id, for rows whose names would be the same.
CREATE FUNCTION pg_temp.apart(t text, id uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT t || ' (' || right(id::text, 12) || ')' $$;

CREATE FUNCTION pg_temp.price(n numeric) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT least(greatest(coalesce(round(n), 0), 0), 100000000)::integer $$;

-- The same id for the same words in each run: a UUID of version 8.
CREATE FUNCTION pg_temp.derived(words text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT overlay(overlay(md5(words) PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid $$;
