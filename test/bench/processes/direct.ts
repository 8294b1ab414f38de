import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type CpuTimes, cpuShares, type Parts, readCpu } from '../cpu.ts';
import { serve } from '../worker.ts';

export interface DirectLoad {
  connection: pg.PoolConfig;
  work: 'seats' | 'tickets';
  callers: number;
  warmSeconds: number;
  seconds: number;
  parts: Parts;
}

export interface DirectResult {
  rate: number;
  p50: number;
  cpu: Record<string, number>;
}

export type DirectCalls = { run(load: DirectLoad): Promise<DirectResult> };

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

/** The same work as one statement a transaction, without a service above the database. */
async function run({
  connection,
  work,
  callers,
  warmSeconds,
  seconds,
  parts,
}: DirectLoad): Promise<DirectResult> {
  const pool = new pg.Pool({ ...connection, max: POOL });
  try {
    await pool.query(tables);
    await pool.query('ANALYZE direct.seats');
    let seat = 0;
    let before: CpuTimes | undefined;
    const latencies: number[] = [];
    const from = performance.now() + warmSeconds * 1_000;
    const until = from + seconds * 1_000;
    const caller = async () => {
      for (let at = performance.now(); at < until && seat < SEATS; at = performance.now()) {
        if (at >= from) before ??= readCpu(parts);
        const id = work === 'seats' ? ++seat : 1;
        const values = [id, randomUUID(), randomUUID()];
        const { rowCount } = await pool.query({ name: `direct-${work}`, text: statements[work], values });
        if (rowCount !== 1) throw new Error(`the direct statement for ${work} changed no row`);
        if (at >= from) latencies.push(performance.now() - at);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    const rate = latencies.length / ((performance.now() - from) / 1_000);
    const cpu = cpuShares(before, readCpu(parts));
    latencies.sort((a, b) => a - b);
    return { rate, p50: latencies[Math.floor(latencies.length / 2)] ?? 0, cpu };
  } finally {
    await pool.query('DROP SCHEMA IF EXISTS direct CASCADE').catch(() => undefined);
    await pool.end();
  }
}

serve({ run } satisfies DirectCalls);
