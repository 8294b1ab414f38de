import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSalePool } from '../../../../src/database/database.ts';
import type { ConnectionPool } from '../../../../src/database/pool.ts';
import { runBatch } from '../../../../src/sales/group-commit/batch.ts';
import type { HoldRequest } from '../../../../src/sales/hold-request.ts';
import { KnownLimits } from '../../../../src/sales/limits.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/database.ts';
import { seedEvent } from '../../../support/events.ts';

const limits = new KnownLimits({
  maxSeatsPerReservation: 4,
  maxSeatsPerUser: 4,
  maxTicketsPerReservation: 4,
  maxTicketsPerUser: 4,
  holdSeconds: 600,
  extendSeconds: 60,
});

let database: TestDatabase;
let pool: ConnectionPool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createSalePool({ ...database.settings, poolSize: 1 }, () => {});
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Sells in batches on a new session. */
async function sell(batches: number, size: number): Promise<pg.PoolClient> {
  const { eventId, seatIds } = await seedEvent(database.db, { seats: batches * size });
  const client = await pool.connect();
  for (let batch = 0; batch < batches; batch++) {
    const requests = seatIds.slice(batch * size, (batch + 1) * size).map(
      (seatId): HoldRequest => ({
        kind: 'seats',
        eventId,
        seatIds: [seatId],
        userId: randomUUID(),
        message: '',
        idempotency: { key: randomUUID(), fingerprint: 'f', language: 'ko', requestId: 'r' },
      }),
    );
    const outcomes = await runBatch(client, requests, { halls: {} as never, limits, committed: () => {} });
    expect(outcomes.every(({ kind }) => kind === 'granted')).toBe(true);
  }
  return client;
}

test('a lone hold is not planned anew, once its session has sold a few', async () => {
  const client = await sell(9, 1);
  const { rows } = await client.query('SELECT name, custom_plans FROM pg_prepared_statements');
  client.release(true);
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['group-commit/facts', 'group-commit/lock-seats', 'group-commit/write']),
  );
  // PostgreSQL tries five plans before it keeps one.
  expect(rows.filter(({ custom_plans }) => Number(custom_plans) > 5)).toEqual([]);
});

test.each([
  [9, 1],
  [8, 24],
])('the plans of the first sales look up claims by their keys (%i batches of %i)', async (batches, size) => {
  const client = await sell(batches, size);
  const plan = async (statement: string, values: string) =>
    (await client.query(`EXPLAIN (COSTS OFF) EXECUTE "group-commit/${statement}" (${values})`)).rows
      .map((row) => row['QUERY PLAN'])
      .join('\n');
  const plans = `${await plan('facts', `'{}', '{}', '{}', '[]'`)}
${await plan('lock-seats', `'{}', '{}', '{}', '{}', '{}'`)}`;
  client.release(true);
  // A scan of an index without a key would read more with each sale.
  const scans = [
    ...plans.matchAll(
      /(?<!Heap )Scan (?:using|on) ((?:reservation|idempotency|claims_|one_live_)\w+).*\n\s*(.*)/g,
    ),
  ];
  expect(scans).toHaveLength(7);
  for (const [, index, condition] of scans)
    expect(`${index} ${condition}`).toMatch(
      /Index Cond: \(+(id = i\w*\.reservation_id|reservation_id = r\.id|seat_id = (seats|a)\.id|user_id = asked\w*\.user_id)/,
    );
});
