import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSalePool } from '../../../src/database/database.ts';
import { roundTrip } from '../../../src/database/round-trip.ts';
import type { Statement } from '../../../src/database/statements.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let pool: pg.Pool;
let client: pg.PoolClient;
let statements = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createSalePool({ ...database.settings, poolSize: 2 }, () => undefined);
  client = await pool.connect();
});
afterAll(async () => {
  client.release();
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await client.query('ROLLBACK');
});

/** A statement that no connection has prepared. */
function fresh<Row extends object>(text: string, values: unknown[] = []): Statement<Row> {
  return { name: `fresh-${statements++}`, text, values };
}

test('several statements come back in one answer of PostgreSQL, with the types of their columns', async () => {
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  let answers = 0;
  const count = () => void answers++;
  connection.on('readyForQuery', count);
  const begin = fresh('BEGIN');
  const read = fresh<{ n: number; list: number[]; at: string; none: null }>(
    `SELECT $1::bigint AS n, '[1, 2]'::json AS list, '2026-12-05 10:00:00+00'::timestamptz AS at, $2::text AS none`,
    [7, null],
  );
  const rows = fresh<{ n: number }>('SELECT n FROM generate_series(1, 2) AS n');
  // The second time, they are prepared.
  for (let times = 0; times < 2; times++) {
    const found = await roundTrip(client, [begin, read, false, rows]);
    expect(found).toEqual([
      [],
      [{ n: 7, list: [1, 2], at: '2026-12-05T10:00:00.000Z', none: null }],
      [],
      [{ n: 1 }, { n: 2 }],
    ]);
  }
  connection.off('readyForQuery', count);
  expect(answers).toBe(2);
});

test('PostgreSQL skips the statements after one that fails, and they can be sent again', async () => {
  const note = fresh('CREATE TEMPORARY TABLE noted (n integer)');
  const fails = fresh('SELECT 1 / $1::integer', ['0']);
  const next = fresh<{ n: number }>('SELECT 1 AS n');
  await expect(roundTrip(client, [note, fails, next])).rejects.toMatchObject({ code: '22012' });
  expect(await roundTrip(client, [next])).toEqual([[{ n: 1 }]]);
  const { rows } = await client.query(`SELECT to_regclass('noted') AS noted`);
  expect(rows).toEqual([{ noted: null }]);
});

test('a round trip waits for its turn behind those that were sent before it', async () => {
  const sent = [
    roundTrip(client, [fresh<{ n: number }>('SELECT 1 AS n')]),
    client.query('SELECT 2 AS n').then(({ rows }) => [rows]),
    roundTrip(client, [fresh<{ n: number }>('SELECT 3 AS n'), fresh<{ n: number }>('SELECT 4 AS n')]),
  ];
  expect((await Promise.all(sent)).flat(2)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
});

test('a value that this process can not read fails the round trip, and its connection is not lent again', async () => {
  const other = await pool.connect();
  const large = fresh('SELECT 9007199254740993::bigint AS n');
  await expect(roundTrip(other, [large])).rejects.toThrow(RangeError);
  const ended = new Promise((resolve) => other.once('end', resolve));
  other.release();
  await ended;
});

test('a statement that another query has prepared fails the round trip, and gives no rows without columns', async () => {
  const other = await pool.connect();
  const shared = fresh('SELECT 1 AS n');
  await other.query(shared);
  await expect(roundTrip(other, [shared])).rejects.toThrow('columns');
  other.release();
});
