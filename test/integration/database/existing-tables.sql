-- The tables of the existing Tiketi service, with a few rows. Most names are ours.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email varchar(255) NOT NULL UNIQUE,
  password_hash varchar(255) NOT NULL,
  name varchar(100) NOT NULL,
  phone varchar(20),
  role varchar(20) DEFAULT 'user' CHECK (role IN ('user', 'admin')),
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);
CREATE TABLE seat_layouts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name varchar(100) NOT NULL UNIQUE,
  description text,
  total_seats integer NOT NULL,
  layout_config jsonb NOT NULL,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);
CREATE TABLE events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title varchar(255) NOT NULL,
  description text,
  venue varchar(255) NOT NULL,
  address text,
  event_date timestamp NOT NULL,
  sale_start_date timestamp NOT NULL,
  sale_end_date timestamp NOT NULL,
  poster_image_url text,
  status varchar(20) DEFAULT 'upcoming',
  seat_layout_id uuid REFERENCES seat_layouts (id),
  artist_name varchar(255),
  pre_scaled boolean DEFAULT false,
  created_by uuid REFERENCES users (id),
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);
CREATE TABLE ticket_types (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  event_id uuid REFERENCES events (id) ON DELETE CASCADE,
  name varchar(100) NOT NULL,
  price integer NOT NULL,
  total_quantity integer NOT NULL,
  available_quantity integer NOT NULL,
  description text,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);
CREATE TABLE seats (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  event_id uuid REFERENCES events (id) ON DELETE CASCADE,
  section varchar(50) NOT NULL,
  row_number integer NOT NULL,
  seat_number integer NOT NULL,
  seat_label varchar(50) NOT NULL,
  price integer NOT NULL,
  status varchar(20) DEFAULT 'available',
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now(),
  UNIQUE (event_id, section, row_number, seat_number)
);
CREATE TABLE reservations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid REFERENCES users (id),
  event_id uuid REFERENCES events (id) ON DELETE SET NULL,
  reservation_number varchar(50) NOT NULL UNIQUE,
  total_amount integer NOT NULL,
  status varchar(20) DEFAULT 'pending',
  payment_method varchar(50),
  payment_status varchar(20) DEFAULT 'pending',
  expires_at timestamp,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);
CREATE TABLE reservation_items (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  reservation_id uuid REFERENCES reservations (id) ON DELETE CASCADE,
  ticket_type_id uuid REFERENCES ticket_types (id),
  seat_id uuid REFERENCES seats (id) ON DELETE SET NULL,
  quantity integer NOT NULL,
  unit_price integer NOT NULL,
  subtotal integer NOT NULL,
  created_at timestamp DEFAULT now()
);
CREATE TABLE keyword_mappings (
  id serial PRIMARY KEY,
  korean varchar(100) NOT NULL,
  english varchar(100) NOT NULL,
  entity_type varchar(20) NOT NULL,
  created_at timestamp DEFAULT now(),
  UNIQUE (korean, english)
);
CREATE TABLE news (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title varchar(255) NOT NULL,
  content text NOT NULL,
  author varchar(100) NOT NULL,
  author_id uuid REFERENCES users (id),
  views integer DEFAULT 0,
  is_pinned boolean DEFAULT false,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);

INSERT INTO users (email, password_hash, name) VALUES ('buyer@tickets.example', 'x', 'buyer');
INSERT INTO seat_layouts (name, total_seats, layout_config) VALUES ('small_hall', 2, '{"sections": []}');
INSERT INTO events (title, venue, event_date, sale_start_date, sale_end_date)
VALUES ('Concert', 'Hall', now(), now(), now()), ('Musical', 'Hall', now(), now(), now());
INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price)
SELECT id, 'A', 1, 1, 'A-1-1', 1000 FROM events;
INSERT INTO reservations (user_id, reservation_number, total_amount)
SELECT id, 'TK1234567890123ABCDE', 1000 FROM users;
