import type pg from 'pg';

export const RESERVATIONS = 5_000_000;
/** One seat has had this many reservations. */
const TURNS = 5;
export const SEATS = RESERVATIONS / TURNS;
const EVENTS = 200;
const USERS = 1_000_000;
/** The share of the seats that are held. All other reservations have ended. */
const LIVE = 0.9;
const DAY_S = 86_400;

/** Ids that can be computed and scatter like random ones. */
const id = (kind: 'event' | 'seat' | 'reservation' | 'user', n: string) => `md5('${kind}' || ${n})::uuid`;
const eventOf = (n: string) => id('event', `(${n} % ${EVENTS})`);
const statusOf = (live: number) =>
  `CASE WHEN n < ${live} THEN 'confirmed' WHEN n % 5 = 0 THEN 'cancelled' ELSE 'expired' END`;

/** Rows come in the order of their ids, so that the index of the primary key grows at one end and is filled in seconds. */
const tablesOf = (
  reservations: number,
  seats = reservations / TURNS,
  live = seats * LIVE,
): Record<string, string[]> => ({
  seats: [
    `INSERT INTO events (id, title, venue, event_date, sale_start_date, sale_end_date, status)
     SELECT ${id('event', 'n')}, 'event ' || n, 'venue', now() + interval '30 days', now() - interval '30 days', now() + interval '29 days', 'on_sale'
     FROM generate_series(0, ${EVENTS - 1}) AS n`,
    `INSERT INTO seats (id, event_id, section, row_number, seat_number, seat_label, price, status)
     SELECT ${id('seat', 'n')}, ${eventOf('n')}, 'A', n / ${EVENTS} / 100 + 1, n / ${EVENTS} % 100 + 1, 'A-' || n / ${EVENTS}, 50000,
       CASE WHEN n < ${live} THEN 'reserved' ELSE 'available' END
     FROM generate_series(0, ${seats - 1}) AS n ORDER BY 1`,
    `INSERT INTO event_seats
     SELECT event_id, count(*), count(*) FILTER (WHERE status = 'available') FROM seats GROUP BY event_id`,
  ],
  reservations: [
    `INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, status, payment_status, expires_at, created_at, updated_at)
     SELECT id, 'TK' || upper(left(replace(id::text, '-', ''), 12)), ${id('user', `(n % ${USERS})`)}, ${eventOf('n')}, 50000,
       ${statusOf(live)}, CASE WHEN n < ${live} THEN 'completed' ELSE 'pending' END, made + interval '5 minutes', made, made
     FROM (SELECT n, ${id('reservation', 'n')} AS id, now() - make_interval(secs => ${DAY_S} + n) AS made
       FROM generate_series(0, ${reservations - 1}) AS n) AS r ORDER BY id`,
  ],
  reservation_items: [
    `INSERT INTO reservation_items (reservation_id, seat_id, quantity, unit_price, released_at)
     SELECT ${id('reservation', 'n')}, ${id('seat', `(n % ${seats})`)}, 1, 50000,
       CASE WHEN n >= ${live} THEN now() - interval '1 day' END
     FROM generate_series(0, ${reservations - 1}) AS n ORDER BY 1`,
  ],
});

/**
 * Fills a migrated database over one connection a table, without triggers and indexes. Indexes that no constraint needs are made
 * afterwards, and so are the triggers, which would collect every row even while they are off.
 */
export async function fillHuge(
  pool: pg.Pool,
  note: (line: string) => void,
  reservations = RESERVATIONS,
): Promise<void> {
  const tables = tablesOf(reservations);
  const began = performance.now();
  const took = (what: string) => note(`  ${what}: ${Math.round((performance.now() - began) / 1_000)} s`);
  const later = await takeAway(pool, Object.keys(tables));
  took('filling …');
  await Promise.all(Object.values(tables).map((statements) => fill(pool, statements)));
  took('rows');
  // Two at a time, for two cores.
  const one = async () => {
    for (let next = later.shift(); next; next = later.shift()) await fill(pool, [next]);
  };
  await Promise.all([one(), one()]);
  took('indexes');
  await pool.query('VACUUM (ANALYZE) seats, reservations, reservation_items, events');
  await pool.query('CHECKPOINT');
  took('vacuum');
}

async function fill(pool: pg.Pool, statements: string[]): Promise<void> {
  const client = await pool.connect();
  try {
    for (const setting of [
      'session_replication_role = replica',
      'synchronous_commit = off',
      "work_mem = '1GB'",
      "maintenance_work_mem = '1GB'",
    ]) {
      await client.query(`SET ${setting}`);
    }
    for (const statement of statements) await client.query(statement);
  } finally {
    client.release(true);
  }
}

/** @returns the statements that restore what was dropped, in the order in which they must run */
async function takeAway(pool: pg.Pool, names: string[]): Promise<string[]> {
  const { rows } = await pool.query<{ away: string; back: string }>(
    `SELECT 'DROP INDEX ' || i.indexrelid::regclass AS away, pg_get_indexdef(i.indexrelid) AS back
     FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
     WHERE i.indrelid = ANY ($1::regclass[]) AND c.oid IS NULL
     UNION ALL
     SELECT format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass), pg_get_triggerdef(t.oid)
     FROM pg_trigger t WHERE t.tgrelid = ANY ($1::regclass[]) AND NOT t.tgisinternal`,
    [names],
  );
  for (const { away } of rows) await pool.query(away);
  return rows.map(({ back }) => back);
}
