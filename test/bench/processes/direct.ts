import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { serve } from '../worker.ts';

export interface DirectLoad {
  connection: pg.PoolConfig;
  work: 'seats' | 'tickets';
  callers: number;
  seconds: number;
}

export type DirectCalls = { run(load: DirectLoad): Promise<{ rate: number }> };

const POOL = 16;
/** More seats than a run holds. */
const SEATS = 200_000;

/** Tables with only what the statement needs: no triggers, no foreign keys, no second index. */
const tables = `
  DROP SCHEMA IF EXISTS direct CASCADE;
  CREATE SCHEMA direct;
  CREATE TABLE direct.seats (id integer PRIMARY KEY, price integer NOT NULL, status text NOT NULL) WITH (fillfactor = 70);
  CREATE TABLE direct.ticket_types (id integer PRIMARY KEY, price integer NOT NULL, available integer NOT NULL);
  CREATE TABLE direct.reservations (id uuid PRIMARY KEY, user_id uuid NOT NULL, total integer NOT NULL, expires_at timestamptz NOT NULL);
  CREATE TABLE direct.items (reservation_id uuid NOT NULL, seat_id integer, ticket_type_id integer, price integer NOT NULL);
  INSERT INTO direct.seats SELECT n, 50000, 'available' FROM generate_series(1, ${SEATS}) AS n;
  INSERT INTO direct.ticket_types VALUES (1, 50000, 100000000);`;

const statements = {
  seats: `
    WITH taken AS (
      UPDATE direct.seats SET status = 'locked' WHERE id = $1 AND status = 'available' RETURNING id, price
    ), reserved AS (
      INSERT INTO direct.reservations SELECT $2, $3, price, now() + interval '5 minutes' FROM taken RETURNING id
    )
    INSERT INTO direct.items SELECT reserved.id, taken.id, NULL, taken.price FROM taken, reserved`,
  tickets: `
    WITH taken AS (
      UPDATE direct.ticket_types SET available = available - 1 WHERE id = $1 AND available > 0 RETURNING id, price
    ), reserved AS (
      INSERT INTO direct.reservations SELECT $2, $3, price, now() + interval '5 minutes' FROM taken RETURNING id
    )
    INSERT INTO direct.items SELECT reserved.id, NULL, taken.id, taken.price FROM taken, reserved`,
};

/** The rate of the same work as one statement a transaction, without a service above the database. */
async function run({ connection, work, callers, seconds }: DirectLoad): Promise<{ rate: number }> {
  const pool = new pg.Pool({ ...connection, max: POOL });
  try {
    await pool.query(tables);
    await pool.query('ANALYZE direct.seats');
    let seat = 0;
    let done = 0;
    const start = performance.now();
    const until = start + seconds * 1_000;
    const caller = async () => {
      while (performance.now() < until && seat < SEATS) {
        const id = work === 'seats' ? ++seat : 1;
        const values = [id, randomUUID(), randomUUID()];
        const { rowCount } = await pool.query({ name: `direct-${work}`, text: statements[work], values });
        if (rowCount !== 1) throw new Error(`the direct statement for ${work} changed no row`);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return { rate: done / ((performance.now() - start) / 1_000) };
  } finally {
    await pool.query('DROP SCHEMA IF EXISTS direct CASCADE').catch(() => undefined);
    await pool.end();
  }
}

serve({ run } satisfies DirectCalls);
