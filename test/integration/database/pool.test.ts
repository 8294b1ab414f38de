import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectionOptions } from '../../../src/database/database.ts';
import { ConnectionPool, type PoolOptions } from '../../../src/database/pool.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startProxy(database.settings);
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

/** A pool whose connections go through the proxy. */
function createPool(options: Partial<PoolOptions>): { pool: ConnectionPool; suspicions: string[] } {
  const suspicions: string[] = [];
  const address = connectionOptions({ ...database.settings, port: proxy.port });
  const pool = new ConnectionPool(
    { ...address, connectionTimeoutMillis: 3_000, session: {}, ...options },
    ({ message }) => void suspicions.push(message),
  );
  return { pool, suspicions };
}

test('a full pipeline that gets no answer fails without a warning of Node', async () => {
  const warnings: string[] = [];
  const listen = ({ message }: Error) => void warnings.push(message);
  process.on('warning', listen);
  const { pool, suspicions } = createPool({ query_timeout: 100, pipeline: true });
  const client = await pool.connect();
  proxy.stall();
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => client.query('SELECT 1')));
  client.release();
  await pool.end();
  proxy.resume();
  // Warnings come in the next turn.
  await new Promise(setImmediate);
  process.off('warning', listen);
  expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'rejected'));
  expect(suspicions[0]).toBe('Query read timeout');
  expect(warnings).toEqual([]);
});

test('statements that are sent in one turn go out in one write', async () => {
  const { pool } = createPool({ pipeline: true });
  const client = await pool.connect();
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  const writes = (['_write', '_writev'] as const).map((name) => vi.spyOn(stream, name));
  const count = () => writes.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  await Promise.all([
    client.query('BEGIN'),
    client.query({ name: 'two', text: 'SELECT $1::integer', values: [2] }),
    client.query('SELECT $1::integer', [3]),
    client.query('COMMIT'),
  ]);
  expect(count()).toBe(1);
  await client.query('SELECT 1');
  expect(count()).toBe(2);
  client.release();
  await pool.end();
});

test('a session that PostgreSQL ends because its transaction idled says nothing about the others', async () => {
  const { pool, suspicions } = createPool({ session: { idle_in_transaction_session_timeout: 50 } });
  const client = await pool.connect();
  await client.query('BEGIN');
  await new Promise<void>((resolve) => client.once('end', resolve));
  client.release();
  await pool.end();
  expect(suspicions).toEqual([]);
});
